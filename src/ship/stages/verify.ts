import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import { openFleet, type FleetHost } from '../../deploy/fleet.ts';
import type { DeploySettings } from '../../deploy/types.ts';
import type { Finding } from '../finding.ts';
import type { Stage } from '../types.ts';
import { askProxy, askUrl } from '../verify/ask.ts';
import type { ShipWork } from '../work.ts';
import { deployedBy } from './deploy.ts';

/** Looks from outside at what was deployed: every host serves the release, through its proxy, and it has not been restarted. */
export function verifyStage(work: ShipWork): Stage {
  return {
    name: 'verify',
    summary: 'every host answers with the release, through its proxy',
    async run(state, ctx) {
      const settings = await work.settings();
      const wanted = deployedBy(state.results['deploy']?.data);
      const fleet = await openFleet(ctx, settings, work.options);
      try {
        const release = wanted?.release.id ?? (await servedBy(fleet.hosts));
        const found = await Promise.all(
          fleet.hosts.map(async (host) => verifyHost(ctx, host, settings, release)),
        );
        // Without a domain the URL is a host's name, which only ssh may know.
        const severity = settings.proxy?.service.domains.length === 0 ? 'note' : 'warning';
        const urls = await Promise.all((wanted?.urls ?? []).map(async (url) => askUrl(ctx, url, severity)));
        const findings = [...found, ...urls].flat();
        const errors = findings.filter(({ severity }) => severity === 'error').length;
        const hosts = fleet.hosts.length === 1 ? '1 host' : `all ${fleet.hosts.length} hosts`;
        return {
          verdict: errors > 0 ? 'failed' : 'passed',
          summary:
            errors > 0
              ? `${errors === 1 ? '1 thing is' : `${errors} things are`} not as the release should be`
              : `${release} answers on ${hosts}`,
          findings,
          data: { release, hosts: fleet.hosts.map(({ host }) => host.name) },
        };
      } finally {
        await fleet.close();
      }
    },
  };
}

/** Without a deploy in this run: what the first host serves. */
async function servedBy(hosts: readonly FleetHost[]): Promise<string> {
  const release = (await hosts[0]?.agent.state())?.current?.release.id;
  if (release !== undefined) return release;
  throw new ToolError('RELEASE_UNKNOWN', 'nothing is deployed, so there is nothing to verify', {
    hint: 'coracle deploy',
  });
}

async function verifyHost(
  ctx: Ctx,
  place: FleetHost,
  settings: DeploySettings,
  release: string,
): Promise<Finding[]> {
  const { host, agent, proxy } = place;
  const bad = (rule: string, message: string): Finding => ({
    rule: `verify/${rule}`,
    severity: 'error',
    message: `${host.name} ${message}`,
  });
  const { current } = await agent.state();
  if (current?.release.id !== release)
    return [bad('release', `serves ${current?.release.id ?? 'nothing'}, not ${release}`)];
  const container = await agent.container(current.container);
  const found: Finding[] = [];
  if (!container.running) found.push(bad('container', `has its container stopped: ${container.error}`));
  if (container.restarts > 0) found.push(bad('restarts', `restarted it ${container.restarts} times`));
  if (container.oomKilled) found.push(bad('memory', 'killed it for its memory'));
  if (!settings.proxy) return found;
  if (!proxy) return [...found, bad('proxy', 'has no proxy running')];
  const slots = await proxy.slots(settings.service);
  const own = slots.find(({ slot }) => slot === current.slot);
  if (own === undefined || own.weight === 0 || own.state !== 'ready')
    found.push(
      bad(
        'proxy',
        `gives it no requests: its slot is ${own?.state ?? 'missing'}, weight ${own?.weight ?? 0}`,
      ),
    );
  const other = slots.find(
    ({ slot, weight, state }) => slot !== current.slot && weight > 0 && state === 'ready',
  );
  if (other) found.push(bad('proxy', `still gives requests to the other slot, weight ${other.weight}`));
  return [...found, ...(await askProxy(ctx, place, settings, settings.proxy, bad))];
}
