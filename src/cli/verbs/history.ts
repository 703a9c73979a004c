import { ToolError } from '../../core/errors.ts';
import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

export const history = defineVerb({
  name: 'history',
  summary: 'Show what was deployed, by whom, and how it ended',
  description:
    'Merges the journals of all hosts: what was done, when, by whom, from which release to which, the verdict and what it rests on. The newest comes first. Times are corrected for hosts whose clocks are off.',
  args: [environmentArg],
  flags: [
    {
      name: 'limit',
      short: 'n',
      type: 'string',
      value: 'ROWS',
      default: '20',
      help: 'So many rows. --json has all.',
    },
    ...deployFlags,
  ],
  examples: [{ command: 'coracle history production', what: 'What happened to production.' }],
  async run(ctx, input, out) {
    const limit = input.value('limit') ?? '20';
    if (!/^[1-9]\d{0,5}$/.test(limit))
      throw new ToolError('USAGE', `--limit: ${JSON.stringify(limit)} is no number of rows`);
    const { settings, options } = await deployCallOf(ctx, input);
    const { fleetHistory } = await import('../../deploy/look/history.ts');
    const found = await fleetHistory(ctx, settings, options);
    if (out.json) await out.document({ schema: 'coracle.history/v1', service: settings.service, ...found });
    else {
      const { renderHistory } = await import('../../render/deploy/history.ts');
      await out.print(renderHistory(found, Number(limit), out.style, out.columns));
    }
    return found.unreachable.length === 0 ? 0 : 3;
  },
});
