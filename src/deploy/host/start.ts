import type { HostFacts, PlacedRelease } from '../types.ts';
import {
  canChangeRestart,
  publishArguments,
  releaseArguments,
  restartPolicy,
  wholeSeconds,
} from './arguments.ts';
import type { Call } from './call.ts';
import { clientEnvironment } from './environment.ts';
import { quoteAll } from './quote.ts';
import { parsePlace, parseRelease } from './state.ts';
import type { StartSpec } from './types.ts';

/** @throws ToolError CONTAINER_FAILED with the runtime's words */
export async function startRelease(
  call: Call,
  host: string,
  facts: HostFacts,
  service: string,
  spec: StartSpec,
): Promise<PlacedRelease> {
  const { release, image, settings } = spec;
  const environment = clientEnvironment(spec.values);
  const later = canChangeRestart(facts);
  const policy = restartPolicy(facts, settings.restart);
  const labels = { service, kind: 'release', release: release.id } as const;
  const words = [
    ...releaseArguments(facts, labels, settings, environment.arguments),
    ...publishArguments(settings.ports),
    '--restart',
    later ? 'no' : policy,
    image,
    ...(settings.command ?? []),
  ];
  const { stdout } = await call('op_start', {
    ...environment.values,
    release: release.id,
    release_json: JSON.stringify(release),
    arguments: quoteAll(words),
    network: settings.network,
    container_port: String(settings.port),
    port_variable: settings.portVariable,
    fixed_ports: settings.ports.map(({ host: number, protocol }) => `${number}/${protocol}`).join(' '),
    grace: String(wholeSeconds(settings.grace)),
    restart: later ? policy : 'fixed',
  });
  const [slot = '', port = ''] = stdout.trim().split('\n').at(-1)?.split(' ') ?? [];
  return { release, ...parsePlace(host, slot, port), container: `${service}-${release.id}`, running: true };
}

/** @throws ToolError CONTAINER_FAILED; RELEASE_UNKNOWN when its container is not kept */
export async function restartRelease(
  call: Call,
  host: string,
  service: string,
  id: string,
): Promise<PlacedRelease> {
  const { stdout } = await call('op_restart', { release: id });
  const [place = '', json = ''] = stdout.split('\n');
  const [slot = '', port = ''] = place.split(' ');
  return {
    release: parseRelease(host, service, id, json),
    ...parsePlace(host, slot, port),
    container: `${service}-${id}`,
    running: true,
  };
}
