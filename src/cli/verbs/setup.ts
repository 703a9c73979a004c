import { ToolError } from '../../core/errors.ts';
import type { PlannedServer, ReadyServer } from '../../deploy/tidy/setup/setup.ts';
import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

export const setup = defineVerb({
  name: 'setup',
  summary: 'Make Debian or Ubuntu servers ready to be deployed to',
  description: `Looks at each server, shows every change with its reason and its commands, asks, and does only what it showed: a container runtime of the distribution's own archive, limits of logs and live-restore in Docker's settings (what stands there stays), the user's right to use it. A second run finds nothing to do. It needs root, or sudo without a password.

Firewalls, updates, clocks and swap are told of and never changed.`,
  args: [environmentArg],
  flags: [
    {
      name: 'runtime',
      type: 'string',
      value: 'RUNTIME',
      choices: ['docker', 'podman'],
      default: 'what is there, else docker',
      help: 'Which container runtime. For an ordinary user, Podman runs without root.',
    },
    { name: 'dry-run', type: 'boolean', help: 'Only show what would be done.' },
    { name: 'yes', short: 'y', type: 'boolean', help: 'Do not ask.' },
    ...deployFlags,
  ],
  examples: [
    { command: 'coracle setup production --dry-run', what: 'What would be done, and why.' },
    { command: 'coracle setup production --host web4', what: 'One new server.' },
  ],
  async run(ctx, input, out) {
    const { settings, options } = await deployCallOf(ctx, input);
    const said = input.value('runtime');
    const runtime = said === 'docker' || said === 'podman' ? said : undefined;
    const dryRun = input.flag('dry-run') ?? false;
    const { planServers, setUpServer } = await import('../../deploy/tidy/setup/setup.ts');
    const planned = await planServers(ctx, settings, options, runtime);
    if (!out.json) {
      const { renderPlan } = await import('../../render/deploy/setup.ts');
      await out.print(renderPlan(planned, out.style, out.columns));
    }
    const steps = planned.reduce((sum, { plan }) => sum + plan.steps.length, 0);
    const ready: ReadyServer[] = [];
    if (!dryRun) {
      refuseBlocked(planned);
      if (steps > 0 && input.flag('yes') !== true) {
        const { askYes } = await import('../ask.ts');
        const question = `\n${steps} change${steps === 1 ? '' : 's'}. Go ahead?`;
        const otherwise = '--yes goes ahead without asking, --dry-run only shows.';
        if (!(await askYes(ctx.signal, question, otherwise))) return 1;
      }
      for (const server of planned) {
        const done = await setUpServer(ctx, server, settings, options, (host, { title }, state) =>
          ctx.emit({
            kind: 'step',
            id: `${host} ${title}`,
            name: `${host}: ${title}`,
            state,
            at: ctx.now().getTime(),
          }),
        );
        ready.push(done);
        if (!out.json) await out.print(`${done.host} is ready: ${done.runtime}`);
      }
    }
    if (out.json)
      await out.document({ schema: 'coracle.setup/v1', dryRun, hosts: documents(planned, ready) });
    return planned.some(({ plan }) => plan.blocked !== '') ? 1 : 0;
  },
});

/** All or nothing: a fleet of which a part was made ready is not what was asked for. */
function refuseBlocked(planned: readonly PlannedServer[]): void {
  const blocked = planned.filter(({ plan }) => plan.blocked !== '');
  if (blocked.length === 0) return;
  throw new ToolError(
    'HOST_UNFIT',
    blocked.map(({ host, plan }) => `${host.name}: ${plan.blocked}`).join('\n'),
    { hint: 'Nothing was changed. --dry-run shows the commands, for somebody who may.' },
  );
}

function documents(planned: readonly PlannedServer[], ready: readonly ReadyServer[]) {
  return planned.map(({ host: { name }, facts, plan }) => {
    const done = ready.find(({ host }) => host === name);
    return {
      host: name,
      os: facts.osName,
      steps: plan.steps.map(({ title, because, script }) => ({ title, because, script })),
      hints: plan.hints,
      ...(plan.blocked === '' ? {} : { blocked: plan.blocked }),
      ...(done === undefined ? {} : { runtime: done.runtime }),
    };
  });
}
