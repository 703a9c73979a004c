import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

export const stats = defineVerb({
  name: 'stats',
  summary: 'Watch what a service uses and answers, on all hosts',
  description: `A table of every release that runs on every host: processor (percent of one), memory and its limit, restarts, requests and bad answers (5xx, broken) in a second, and quantiles of the time to a response's headers, over the last seconds. During a release the old and the new one stand below each other. Figures of requests come from the proxy; with proxy: none there are none.

On a terminal the table is drawn anew each second, until Ctrl-C. Otherwise a table follows the other; with --json, a JSON document on a line.`,
  args: [environmentArg],
  flags: [{ name: 'once', type: 'boolean', help: 'One table, after a few seconds.' }, ...deployFlags],
  examples: [
    { command: 'coracle stats production', what: 'Watch.' },
    { command: 'coracle stats production --once --json', what: 'Figures for a script.' },
  ],
  async run(ctx, input, out) {
    const { settings, options } = await deployCallOf(ctx, input);
    const once = input.flag('once') ?? false;
    const [{ watchStats }, { renderStats }] = await Promise.all([
      import('../../deploy/look/stats/stats.ts'),
      import('../../render/deploy/stats.ts'),
    ]);
    const terminal = out.columns !== Infinity && !out.json && !once;
    const screen = terminal ? (await import('../live-screen.ts')).liveScreen() : undefined;
    // Progress comes to rest.
    await out.stream('');
    try {
      const whole = await watchStats(ctx, settings, options, once, async (figures) => {
        if (out.json) {
          const document = { schema: 'coracle.stats/v1', ...figures };
          return out.stream(`${once ? JSON.stringify(document, null, 2) : JSON.stringify(document)}\n`);
        }
        if (screen) return screen.draw(renderStats(figures, out.style, process.stdout.columns || 80));
        const time = once ? '' : `${new Date(figures.at).toISOString()}\n`;
        return out.stream(`${time}${renderStats(figures, out.style, out.columns)}\n`);
      });
      if (ctx.signal.aborted) return 130;
      return whole ? 0 : 3;
    } finally {
      screen?.end();
    }
  },
});
