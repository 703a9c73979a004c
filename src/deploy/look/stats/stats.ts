import { setTimeout as sleep } from 'node:timers/promises';
import { isToolError, messageOf } from '../../../core/errors.ts';
import type { Ctx } from '../../../core/ctx.ts';
import type { SlotName } from '../../../proxy/types.ts';
import type { FleetHost } from '../../fleet.ts';
import type { DeployOptions, DeploySettings, ServiceState } from '../../types.ts';
import type { LookedAt } from '../containers.ts';
import { openToLook } from '../open.ts';
import { rounds, type Round } from './rounds.ts';
import { quantilesOf, totalOf, trafficWindow, type Quantiles, type SlotTraffic } from './traffic.ts';

export interface FleetStats {
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly hosts: readonly HostStats[];
  /** Of each release that serves, over all hosts; and of all. */
  readonly releases: readonly TrafficStats[];
  readonly total: TrafficStats;
}

export interface HostStats {
  readonly host: string;
  /** Why nothing is known of it. */
  readonly error?: string;
  readonly releases: readonly ReleaseStats[];
}

export interface TrafficStats {
  readonly release: string;
  /** In a second. Undefined without a proxy of ours, and before it was looked at twice. */
  readonly requests: number | undefined;
  readonly errors: number | undefined;
  readonly latency: Quantiles;
}

/** One release that runs on one host. */
export interface ReleaseStats extends TrafficStats {
  readonly role: 'current' | 'new' | 'other';
  /** Percent of one processor; undefined until the first round. */
  readonly cpu: number | undefined;
  /** Bytes. */
  readonly memory: number | undefined;
  readonly limit: number | undefined;
  readonly restarts: number;
  readonly sessions: number | undefined;
}

/** Milliseconds between two pictures. */
const pace = 1000;

interface Watched {
  readonly host: string;
  read(now: number): { readonly stats: HostStats; readonly traffic: ReadonlyMap<string, SlotTraffic> };
  /** Whether it was looked at often enough for figures. */
  ready(): boolean;
}

/**
 * Watches the containers and the proxies of all hosts, and hands on a picture each second until `each` says false or the signal comes. With `once`, one
 * picture, as soon as there are figures.
 * @throws ToolError HOST_UNREACHABLE when no host answers
 */
export async function watchStats(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  once: boolean,
  each: (stats: FleetStats) => Promise<boolean>,
): Promise<boolean> {
  const fleet = await openToLook(ctx, settings, options, 'partial');
  const stop = new AbortController();
  const signal = AbortSignal.any([ctx.signal, stop.signal]);
  try {
    const watched = fleet.hosts.map((host) => watchHost(host, settings.service, signal));
    const lost = fleet.unreachable.map(({ host, error }) => ({
      host: host.name,
      error: error.message,
      releases: [],
    }));
    for (;;) {
      await sleep(pace, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      if (once && !watched.every((host) => host.ready())) continue;
      const goesOn = await each(pictureOf(settings.service, ctx.now().getTime(), watched, lost));
      if (once || !goesOn) break;
    }
    return lost.length === 0;
  } finally {
    stop.abort();
    await fleet.close();
  }
}

function pictureOf(
  service: string,
  at: number,
  watched: readonly Watched[],
  lost: readonly HostStats[],
): FleetStats {
  const now = performance.now();
  const read = watched.map((host) => host.read(now));
  const releases = [...new Set(read.flatMap(({ traffic }) => [...traffic.keys()]))];
  const sum = (release: string | undefined): TrafficStats => {
    const parts = read.flatMap(({ traffic }) =>
      [...traffic].filter(([name]) => release === undefined || name === release).map(([, part]) => part),
    );
    if (parts.length === 0) return { release: release ?? '', ...noTraffic };
    const { requests, errors, latencies } = totalOf(parts);
    return { release: release ?? '', requests, errors, latency: quantilesOf(latencies) };
  };
  return {
    service,
    at,
    hosts: [...read.map(({ stats }) => stats), ...lost],
    releases: releases.map((release) => sum(release)),
    total: sum(undefined),
  };
}

const noTraffic = {
  requests: undefined,
  errors: undefined,
  latency: { p50: undefined, p95: undefined, p99: undefined },
};

/** Watches one host in the background until the signal. What goes wrong is in its picture. */
function watchHost(host: FleetHost, service: string, signal: AbortSignal): Watched {
  const window = trafficWindow(service);
  let last: Round | undefined;
  let seen = 0;
  let looks = 0;
  let state: ServiceState | undefined;
  let error: string | undefined;
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (failure) {
      if (!signal.aborted) error = isToolError(failure) ? failure.message : messageOf(failure);
    }
  };
  void guarded(async () => {
    let before = '';
    for await (const round of rounds(host, signal)) {
      const shape = JSON.stringify(round.containers);
      if (shape !== before) state = await host.agent.state();
      before = shape;
      last = round;
      seen++;
    }
    if (!signal.aborted) error ??= 'its containers cannot be listed';
  });
  const { proxy } = host;
  if (proxy) {
    void guarded(async () => proxy.requests(signal, (request) => window.request(request, performance.now())));
    void guarded(async () => {
      while (!signal.aborted) {
        window.counters(await proxy.counters(service), performance.now());
        looks++;
        await sleep(pace, undefined, { signal }).catch(() => undefined);
      }
    });
  }
  return {
    host: host.host.name,
    // Podman's first figure is that since the start.
    ready: () => error !== undefined || (seen >= 2 && (!proxy || looks >= 3)),
    read(now) {
      const placed = slotsOf(state);
      const rows = (last?.containers ?? [])
        .filter(({ running }) => running)
        .map((container) => {
          const slot = placed.get(container.release)?.slot;
          const traffic = slot === undefined ? undefined : window.read(slot, now);
          return { container, traffic };
        });
      return {
        stats: {
          host: host.host.name,
          ...(error === undefined ? {} : { error }),
          releases: rows.map(({ container, traffic }) =>
            releaseStats(container, traffic, last, placed.get(container.release)?.role ?? 'other'),
          ),
        },
        traffic: new Map(
          rows.flatMap(({ container, traffic }) => (traffic ? [[container.release, traffic] as const] : [])),
        ),
      };
    },
  };
}

interface Placed {
  readonly slot: SlotName;
  readonly role: ReleaseStats['role'];
}

function slotsOf(state: ServiceState | undefined): ReadonlyMap<string, Placed> {
  const placed = new Map<string, Placed>();
  if (state?.previous) placed.set(state.previous.release.id, { slot: state.previous.slot, role: 'other' });
  if (state?.current) placed.set(state.current.release.id, { slot: state.current.slot, role: 'current' });
  if (state?.pending) placed.set(state.pending.release.id, { slot: state.pending.slot, role: 'new' });
  return placed;
}

function releaseStats(
  container: LookedAt,
  traffic: SlotTraffic | undefined,
  round: Round | undefined,
  role: ReleaseStats['role'],
): ReleaseStats {
  const usage = round?.usage.find(({ name }) => name === container.name);
  return {
    release: container.release,
    role,
    cpu: usage?.cpu,
    memory: usage?.memory,
    limit: usage?.limit,
    restarts: container.restarts,
    requests: traffic?.requests,
    errors: traffic?.errors,
    sessions: traffic?.sessions,
    latency: traffic ? quantilesOf(traffic.latencies) : noTraffic.latency,
  };
}
