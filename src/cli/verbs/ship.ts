import { environmentArg } from '../deploy-flags.ts';
import { shipFlags } from '../ship-flags.ts';
import { windUp, windUpWithin } from '../signals.ts';
import { defineVerb } from '../verb.ts';

export const ship = defineVerb({
  name: 'ship',
  summary: 'From source to hosts: check, test, build, deploy, verify, in one report',
  description: `Runs stages in a row, until one fails: config (coracle.yaml is valid, secrets are there), hosts (each can be reached and can take a release), tests (go test, with the Go that builds), build, budget (the limits of the config, and what grew since the release that serves), push (when image: names a registry), deploy, and verify (each host answers with the release, through its proxy). When the release came and verifying it fails, it is rolled back.

Tests that passed are not run again while no file changed. In GitHub Actions findings are shown at their lines and in the job's summary; docs/ci.md has workflows that work as they stand, and coracle ci init writes them.`,
  args: [environmentArg],
  flags: shipFlags,
  examples: [
    { command: 'coracle ship production', what: 'All of it.' },
    {
      command: 'coracle ship --skip hosts,push,deploy,verify staging',
      what: 'What a pull request is checked by.',
    },
    { command: 'coracle ship --resume production', what: 'Go on where it failed.' },
    {
      command: 'coracle ship --report junit=ship.xml --report markdown=ship.md production',
      what: 'Reports for CI.',
    },
  ],
  async run(ctx, input, out) {
    windUpWithin(windUp);
    const { answerShip } = await import('../ship-answer.ts');
    return answerShip(ctx, input, out);
  },
});
