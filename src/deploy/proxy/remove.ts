import { ToolError, isToolError } from '../../core/errors.ts';
import { openProxySocket, sendPayload } from '../../proxy/socket.ts';
import { lookAt } from './ensure.ts';
import type { ProxyHost } from './ensure.ts';
import { syncMaps } from './maps.ts';
import { changedMeanwhile, runSetup } from './script.ts';
import { mapsOf } from './service.ts';
import { sharedOf, sharedPorts } from './shared.ts';

/**
 * Takes a service out of a host's proxy: its files, its certificate, its routes. The others do not notice; the last one takes the proxy with it.
 * @returns false when the proxy did not know it
 * @throws ToolError PROXY_FAILED
 */
export async function removeFromProxy({ remote, agent }: ProxyHost, service: string): Promise<boolean> {
  for (let tries = 5; tries > 0; tries--) {
    const look = await lookAt(agent);
    if (!look.services.has(service)) return false;
    const fragments = new Map([...look.services].map(([name, { has }]) => [name, has] as const));
    fragments.delete(service);
    const ports = sharedPorts(look.settings);
    if (!ports) throw new ToolError('PROXY_FAILED', `the proxy of ${remote.host.name} has lost its settings`);
    const shared = sharedOf(remote.host.name, agent.facts, look, ports, service, fragments);
    const running = look.container?.state === 'running';
    // Its backend stays in memory, without a way to it, until the next reload.
    const how = running && shared.settings !== look.settings && fragments.size > 0 ? 'reload' : 'files';
    const exit = await runSetup(agent, 'op_proxy_apply', {
      ...{ expected: look.seen, service, removed: 'yes', how, image: '', fragment: '', template: '' },
      ...{ certificate: '', base: shared.text, settings: shared.settings, first: shared.first ?? '' },
      ...{ ports: '', rights: '', idle: '0' },
    });
    if (exit.code === changedMeanwhile) continue;
    if (fragments.size === 0) await runSetup(agent, 'op_proxy_end', {});
    else if (running) await forget({ remote, agent }, fragments);
    return true;
  }
  throw new ToolError('PROXY_FAILED', `somebody else keeps changing the proxy of ${remote.host.name}`, {
    retryable: true,
  });
}

async function forget(
  { remote, agent }: ProxyHost,
  fragments: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const file = await remote.forwardSocket(`${agent.facts.directory}/proxy/run/haproxy.sock`);
  try {
    const socket = await openProxySocket(file);
    await syncMaps(socket, async (text) => sendPayload(file, text), mapsOf([...fragments.values()]));
  } catch (error) {
    if (!isToolError(error, 'PROXY_UNREACHABLE')) throw error;
  }
}
