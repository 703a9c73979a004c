/** What all hosts say of a service, and one word for the whole. */
import type { Ctx } from '../core/ctx.ts';
import type { FleetHost, openFleet } from './fleet.ts';
import { inEnvironment } from './release.ts';
import { plainError } from './result.ts';
import type { DeployOptions, DeploySettings, FleetStatus, HostStatus } from './types.ts';

/** Asks every host that can be reached. Never throws for a host: what is wrong with it is in its row. */
export async function fleetStatus(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  given?: typeof openFleet,
): Promise<FleetStatus> {
  const open = given ?? (await import('./fleet.ts')).openFleet;
  const fleet = await open(ctx, settings, { ...options, partial: true });
  try {
    const reached = await Promise.all(fleet.hosts.map(async (host) => hostStatus(host, settings)));
    const hosts = [...reached, ...fleet.unreachable.map(({ host, error }) => lostHost(host.name, error))];
    return {
      service: settings.service,
      environment: settings.environment,
      ...fleetState(hosts, settings),
      hosts,
    };
  } finally {
    await fleet.close();
  }
}

async function hostStatus(place: FleetHost, settings: DeploySettings): Promise<HostStatus> {
  const { agent, proxy, host } = place;
  try {
    const state = await agent.state();
    const container = state.current && (await agent.container(state.current.container));
    return {
      host: host.name,
      facts: agent.facts,
      state,
      container,
      proxy: settings.proxy ? (proxy ? 'running' : 'stopped') : 'none',
    };
  } catch (error) {
    return { ...lostHost(host.name, error), facts: agent.facts };
  }
}

function lostHost(host: string, error: unknown): HostStatus {
  return {
    host,
    facts: undefined,
    state: undefined,
    container: undefined,
    proxy: undefined,
    error: plainError(error),
  };
}

/** One state for the whole and the command that resolves it: pure. */
export function fleetState(
  hosts: readonly HostStatus[],
  settings: Pick<DeploySettings, 'environment'>,
): Pick<FleetStatus, 'state' | 'summary' | 'next'> {
  const environment = inEnvironment(settings);
  const again = { next: `coracle deploy${environment}` };
  const locked = hosts.find(({ state }) => state?.lock);
  const holder = locked?.state?.lock;
  if (holder) return { state: 'deploying', summary: `${holder.by} holds the lock: ${holder.what}.` };
  const pending = hosts.filter(({ state }) => state?.pending);
  const unreachable = names(hosts.filter(({ error }) => error !== undefined));
  if (pending.length > 0) return { ...goingBack(pending), ...again };
  const known = hosts.flatMap(({ state }) => (state ? [state] : []));
  const serving = new Set(known.map(({ current }) => current?.release.id));
  if (serving.size > 1) {
    const each = hosts.map(
      ({ host, state }) => `${host} ${state ? (state.current?.release.id ?? 'nothing') : 'unknown'}`,
    );
    return { state: 'split', summary: `Hosts serve different releases: ${each.join(', ')}.`, ...again };
  }
  const [release] = serving;
  if (unreachable !== '') {
    const rest = release === undefined ? '' : ` The others serve ${release}.`;
    return {
      state: 'unreachable',
      summary: `${unreachable} cannot be reached.${rest}`,
      next: `coracle status${environment}`,
    };
  }
  if (release === undefined) return { state: 'not deployed', summary: 'Nothing is deployed.', ...again };
  return oneVersion(hosts, release, environment);
}

function goingBack(pending: readonly HostStatus[]): Pick<FleetStatus, 'state' | 'summary'> {
  const each = pending.map(({ host, state }) => {
    const left = state?.pending?.armed
      ? ` in ${Math.ceil(state.pending.left / 1000)} s`
      : ', when it is next spoken to';
    return `${host}${left}`;
  });
  return {
    state: 'going back',
    summary: `A release was not confirmed; hosts go back by themselves: ${each.join(', ')}.`,
  };
}

function oneVersion(
  hosts: readonly HostStatus[],
  release: string,
  environment: string,
): Pick<FleetStatus, 'state' | 'summary' | 'next'> {
  const down = names(hosts.filter(({ container }) => container?.running !== true));
  const unproxied = names(hosts.filter(({ proxy }) => proxy === 'stopped'));
  const wrong = [
    ...(down === '' ? [] : [`it does not run on ${down}`]),
    ...(unproxied === '' ? [] : [`the proxy does not run on ${unproxied}`]),
  ];
  if (wrong.length === 0)
    return {
      state: 'one version',
      summary: `${release} serves on ${hosts.length === 1 ? '1 host' : `all ${hosts.length} hosts`}.`,
    };
  return {
    state: 'one version',
    summary: `${release} is deployed everywhere, but ${wrong.join(', and ')}.`,
    next: `coracle deploy${environment}`,
  };
}

function names(hosts: readonly HostStatus[]): string {
  return hosts.map(({ host }) => host).join(', ');
}
