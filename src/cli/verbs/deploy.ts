import { deployBuildFlags } from '../deploy-build.ts';
import { deployCallOf, deployFlags, endByGoingBack, environmentArg } from '../deploy-flags.ts';
import { windUp, windUpWithin } from '../signals.ts';
import { defineVerb } from '../verb.ts';

export const deploy = defineVerb({
  name: 'deploy',
  summary: 'Bring a new release onto all hosts',
  description: `Builds the project, brings the image onto every host of the environment through ssh, starts it beside what serves, proves that it is ready, shifts the traffic by the strategy, judges each step against the old release, and confirms. When anything fails, on any host, all go back, and what failed is shown with its log.

Should this command die half-way, each host goes back by itself. docs/deploy.md says what is guaranteed.`,
  args: [environmentArg],
  flags: [
    {
      name: 'image',
      type: 'string',
      value: 'REF',
      help: 'Deploy this image in place of building one: a name in the store or a registry, or a digest.',
      group: 'What to deploy',
      completes: 'image',
    },
    ...deployBuildFlags,
    ...deployFlags,
  ],
  examples: [
    { command: 'coracle deploy production', what: 'Build and deploy.' },
    {
      command: 'coracle deploy --image registry.example.com/team/api:1.4 production',
      what: 'What was built before.',
    },
    { command: 'coracle deploy --host web1 staging', what: 'One host only.' },
  ],
  async run(ctx, input, out) {
    windUpWithin(windUp);
    const call = await deployCallOf(ctx, input);
    const { deployImageOf } = await import('../deploy-image.ts');
    const image = await deployImageOf(ctx, call, input, input.value('image'));
    endByGoingBack();
    const { deploy: bring } = await import('../../deploy/deploy.ts');
    const result = await bring(ctx, call.settings, image, call.options);
    const { printDeploy } = await import('../print-deploy.ts');
    return printDeploy(result, out, 'deploy', ctx.signal);
  },
});
