import { deployCallOf, deployFlags, endByGoingBack, environmentArg } from '../deploy-flags.ts';
import { windUp, windUpWithin } from '../signals.ts';
import { defineVerb } from '../verb.ts';

/** As deploy/release.ts names them. */
const releaseForm = /^\d{8}-\d{6}-[0-9a-f]{7}$/;

export const rollback = defineVerb({
  name: 'rollback',
  summary: 'Go back to an earlier release, on all hosts at once',
  description: `Makes the previous release, or the one that is named, serve again on every host. Its containers are kept stopped on the hosts: they are started and proven, then each proxy changes over, all at once. Nothing is built and no image moves.`,
  args: [
    environmentArg,
    {
      name: 'RELEASE',
      help: 'As coracle history shows it. Default: what served before.',
      optional: true,
    },
  ],
  flags: deployFlags,
  examples: [
    { command: 'coracle rollback production', what: 'To what served before.' },
    { command: 'coracle rollback production 20261122-004512-1a2b3c4', what: 'To that release.' },
  ],
  async run(ctx, input, out) {
    windUpWithin(windUp);
    const [first, second] = input.args;
    // Where there is one environment, or none, its name is left out.
    const alone = second === undefined && first !== undefined && releaseForm.test(first);
    const call = await deployCallOf(ctx, alone ? withoutArgs(input) : input);
    endByGoingBack();
    const { rollback: goBack } = await import('../../deploy/rollback.ts');
    const result = await goBack(ctx, call.settings, alone ? first : second, call.options);
    const { printDeploy } = await import('../print-deploy.ts');
    return printDeploy(result, out, 'rollback', ctx.signal);
  },
});

function withoutArgs<I extends { readonly args: readonly string[] }>(input: I): I {
  return { ...input, args: [] };
}
