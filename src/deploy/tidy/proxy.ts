import type { FleetHost } from '../fleet.ts';
import { ToolError } from '../../core/errors.ts';
import { lookAt } from '../proxy/ensure.ts';
import { changedMeanwhile, runSetup } from '../proxy/script.ts';
import { sharedOf } from '../proxy/shared.ts';
import type { DeploySettings } from '../types.ts';

/**
 * Takes a service out of the proxy of a host, and ends the proxy when it was the last.
 * @returns what was done, in words; undefined when the proxy knew nothing of it
 * @throws ToolError PROXY_FAILED
 */
export async function leaveProxy(host: FleetHost, settings: DeploySettings): Promise<string | undefined> {
  const { agent } = host;
  for (let tries = 0; tries < 5; tries++) {
    const look = await lookAt(agent);
    if (!look.services.has(settings.service)) return endIfLast(host, look.services.size);
    const others = new Map(
      [...look.services].filter(([name]) => name !== settings.service).map(([name, { has }]) => [name, has]),
    );
    const running = look.container?.state === 'running';
    const shared =
      settings.proxy && others.size > 0
        ? sharedOf(host.host.name, agent.facts, look, settings.proxy, settings.service, others)
        : undefined;
    const exit = await runSetup(agent, 'op_proxy_apply', {
      ...{ expected: look.seen, service: settings.service, removed: 'yes' },
      // The last one leaves nothing that a reload could serve.
      how: running && others.size > 0 ? 'reload' : 'files',
      ...{ image: '', fragment: '', template: '', certificate: '', ports: '' },
      ...{ base: shared?.text ?? '', settings: shared?.settings ?? '', first: shared?.first ?? '' },
      ...{ rights: agent.facts.rootless ? 'none' : look.user.uid === 0 ? 'own' : 'others', idle: '0' },
    });
    if (exit.code === changedMeanwhile) continue;
    return others.size > 0 ? 'taken out of the proxy, which others use' : endIfLast(host, 0);
  }
  throw new ToolError('PROXY_FAILED', `somebody else keeps changing the proxy of ${host.host.name}`, {
    retryable: true,
  });
}

async function endIfLast({ agent }: FleetHost, services: number): Promise<string | undefined> {
  const { container } = await lookAt(agent);
  if (services > 0 || !container) return undefined;
  await runSetup(agent, 'op_proxy_end', {});
  return 'the proxy was removed, as it has no service left';
}
