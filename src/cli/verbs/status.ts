import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

export const status = defineVerb({
  name: 'status',
  summary: 'Show what serves on each host',
  description: `Asks every host: which release serves and since when, whether it runs, who holds the lock, what is not confirmed and when it goes back by itself. The whole fleet has one state, and what resolves it is said: one version, not deployed, deploying, going back, split, unreachable.

Exit code 0 when one version serves on all hosts and nothing is wrong with it, else 1.`,
  args: [environmentArg],
  flags: deployFlags,
  examples: [{ command: 'coracle status production', what: 'What serves, where.' }],
  async run(ctx, input, out) {
    const { settings, options } = await deployCallOf(ctx, input);
    const [{ fleetStatus }, { withoutPhases }] = await Promise.all([
      import('../../deploy/status.ts'),
      import('../../deploy/look/open.ts'),
    ]);
    const found = await fleetStatus(withoutPhases(ctx), settings, options);
    if (out.json) await out.document({ schema: 'coracle.status/v1', ...found });
    else if (out.quiet) await out.print(found.state);
    else {
      const { renderStatus } = await import('../../render/deploy/status.ts');
      await out.print(renderStatus(found, ctx.now().getTime(), out.style, out.columns));
    }
    return found.state === 'one version' && found.next === undefined ? 0 : 1;
  },
});
