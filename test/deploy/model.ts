/**
 * Hosts in memory that keep the contract of HostAgent and ProxySocket: records, containers, slots, requests. For what real hosts cannot be made to do: fail at exactly
 * this call, before or after it took effect. What real hosts do is tried in test/e2e.
 */
import { ToolError } from '../../src/core/errors.ts';
import type { FleetHost } from '../../src/deploy/fleet.ts';
import type { HostAgent } from '../../src/deploy/host/types.ts';
import type { JournalEntry, LockHolder, PlacedRelease, Release } from '../../src/deploy/types.ts';
import type { ProxiedRequest, ProxySocket, SlotName, SlotState } from '../../src/proxy/types.ts';

/** How a release behaves. */
export interface Quality {
  readonly ready?: boolean;
  /** Every so many requests fail; 0 for none. */
  readonly failing?: number;
  /** Milliseconds of each answer. */
  readonly slow?: number;
  /** Ends after so many looks at it. */
  readonly crashAfter?: number;
}

export type Fault = 'before' | 'after' | 'lost' | 'lost after' | 'interrupt' | 'death' | 'unlocked';

export interface World {
  readonly hosts: readonly ModelHost[];
  /** Names of all calls so far, as `web1 start`. */
  readonly calls: string[];
  /** What was wrong at some moment: a slot with requests and nothing behind it. */
  readonly wrong: string[];
  /** At which call what happens; calls count from 0. */
  fault: { readonly at: number; readonly kind: Fault } | undefined;
  interrupt: () => void;
  /** Nobody holds a lock any more, and so much time passes that hosts go back by themselves. */
  elapse(): void;
}

export interface ModelHost {
  readonly name: string;
  readonly fleetHost: FleetHost;
  /** The release that gets requests; `both` while two do. */
  serves(): string | undefined;
  readonly journal: JournalEntry[];
  readonly running: () => readonly string[];
}

type Act = <R>(host: string, what: string, work: () => R) => Promise<R>;

export function modelWorld(
  names: readonly string[],
  options: { readonly qualities?: Readonly<Record<string, Quality>>; readonly traffic?: number } = {},
): World {
  const losses = new Map(names.map((name) => [name, new AbortController()]));
  const locks = new Map(names.map((name) => [name, new AbortController()]));
  const lose = (name: string): void =>
    losses.get(name)?.abort(new ToolError('HOST_UNREACHABLE', `the connection to ${name} was lost`));
  const strike = (host: string, kind: Fault): void => {
    if (kind === 'lost' || kind === 'lost after') lose(host);
    if (kind === 'death') for (const name of names) lose(name);
    if (kind === 'interrupt') world.interrupt();
    if (kind === 'unlocked')
      locks.get(host)?.abort(new ToolError('DEPLOY_LOCKED', `the lock on ${host} was lost`));
    if (kind === 'before' || kind === 'after') throw new ToolError('PROXY_FAILED', `made to fail at ${host}`);
  };
  const act: Act = async (host, what, work) => {
    const lost = losses.get(host)?.signal;
    await Promise.resolve();
    lost?.throwIfAborted();
    const at = world.calls.push(`${host} ${what}`) - 1;
    const kind = world.fault?.at === at ? world.fault.kind : undefined;
    if (kind !== undefined && !kind.endsWith('after')) {
      strike(host, kind);
      lost?.throwIfAborted();
    }
    const result = work();
    world.wrong.push(
      ...hosts.flatMap((one) => one.broken()).map((words) => `${words} after ${host} ${what}`),
    );
    if (kind?.endsWith('after')) {
      strike(host, kind);
      lost?.throwIfAborted();
    }
    return result;
  };
  const hosts = names.map((name) =>
    modelHost(name, act, options, losses.get(name)?.signal, () => locks.get(name)?.signal),
  );
  const world: World = {
    hosts,
    calls: [],
    wrong: [],
    fault: undefined,
    interrupt: () => undefined,
    elapse: () => hosts.forEach((host) => host.elapse()),
  };
  return world;
}

function modelHost(
  name: string,
  act: Act,
  {
    qualities = {},
    traffic = 60,
  }: { readonly qualities?: Readonly<Record<string, Quality>>; readonly traffic?: number },
  lost: AbortSignal | undefined,
  unlocked: () => AbortSignal | undefined,
): ModelHost & { elapse(): void; broken(): string[] } {
  const containers = new Map<string, { placed: PlacedRelease; running: boolean; looks: number }>();
  const slots: Record<SlotName, SlotState> = { a: emptySlot('a'), b: emptySlot('b') };
  const counts: Record<SlotName, { ok: number; bad: number }> = {
    a: { ok: 0, bad: 0 },
    b: { ok: 0, bad: 0 },
  };
  const journal: JournalEntry[] = [];
  let current: string | undefined;
  let previous: string | undefined;
  let starting: string | undefined;
  let pending: { id: string; armed: boolean; prepared: boolean } | undefined;
  let lock: LockHolder | undefined;
  let follow: ((request: ProxiedRequest) => void) | undefined;
  let ports = 20_000;

  const of = (id: string | undefined): PlacedRelease | undefined => {
    const found = id === undefined ? undefined : containers.get(id);
    return found && { ...found.placed, running: found.running };
  };
  const freeSlot = (): SlotName => (of(current)?.slot === 'a' ? 'b' : 'a');
  const give = (slot: SlotName, port: number): void => {
    slots[slot] = { slot, port, weight: 100, state: 'ready' };
  };
  const back = (): boolean => {
    const id = pending?.id ?? starting;
    pending = undefined;
    starting = undefined;
    if (id === undefined) return false;
    const mine = of(current);
    if (mine) give(mine.slot, mine.port);
    const fresh = of(id);
    if (fresh && fresh.slot !== mine?.slot) slots[fresh.slot] = emptySlot(fresh.slot);
    if (id === previous) stop(id);
    else containers.delete(id);
    return true;
  };
  const stop = (id: string): void => {
    const found = containers.get(id);
    if (found) found.running = false;
  };
  const start = (release: Release): PlacedRelease => {
    starting = release.id;
    const placed = {
      ...{ release, slot: freeSlot(), container: `${release.service}-${release.id}` },
      ...{ port: ++ports, running: true },
    };
    containers.set(release.id, { placed, running: true, looks: 0 });
    return placed;
  };
  const quality = (id: string): Quality => qualities[of(id)?.release.version ?? ''] ?? {};
  const serve = (): void => {
    const live = Object.values(slots).filter(({ state, weight }) => state === 'ready' && weight > 0);
    const sum = live.reduce((all, { weight }) => all + weight, 0);
    for (const { slot, port, weight } of live) {
      const id = [...containers].find(([, { placed }]) => placed.port === port)?.[0] ?? '';
      const { failing = 0, slow = 5 } = quality(id);
      for (let index = 1; index <= Math.round((traffic * weight) / sum); index++) {
        const total = counts[slot].ok + counts[slot].bad + 1;
        const bad = failing > 0 && total % failing === 0;
        counts[slot][bad ? 'bad' : 'ok']++;
        follow?.({
          ...{ service: 'api', slot, status: bad ? 500 : 200 },
          total: slow,
          response: slow,
          ended: '--',
        });
      }
    }
  };

  const agent: HostAgent = {
    remote: {
      host: hostOf(name),
      lost: lost ?? new AbortController().signal,
      run: async () => Promise.reject(new Error('not in the model')),
      hold: async () => Promise.reject(new Error('not in the model')),
      stream: async () => Promise.reject(new Error('not in the model')),
      attach: async () => Promise.reject(new Error('not in the model')),
      reverse: async (port) => act(name, 'reverse', () => port),
      forward: async (port) => Promise.resolve(port),
      forwardSocket: async (file) => Promise.resolve(file),
      close: async () => Promise.resolve(),
    },
    facts: {
      ...{ runtime: 'docker', rootless: false, runtimeVersion: '27.0.3', platform: 'linux/amd64' },
      ...{ os: 'Debian', cpus: 2, memory: 2 ** 31, freeBytes: 2 ** 34, clockAhead: 0, boot: '1' },
      directory: '/var/lib/coracle',
    },
    service: 'api',
    lock: async (holder) =>
      act(name, 'lock', () => {
        if (lock) throw new ToolError('DEPLOY_LOCKED', `${lock.by} holds the lock of ${name}`);
        lock = holder;
        return {
          lost: unlocked() ?? new AbortController().signal,
          release: async () => {
            await Promise.resolve();
            lock = undefined;
          },
        };
      }),
    state: async () =>
      act(name, 'state', () => {
        const placed = of(pending?.id ?? starting);
        return {
          ...{ current: of(current), previous: of(previous), strays: [], lock },
          pending: placed && {
            ...placed,
            armed: pending !== undefined,
            left: 1000,
            prepared: pending?.prepared === true,
          },
        };
      }),
    settle: async () => act(name, 'settle', () => (back() ? 'went back' : undefined)),
    start: async ({ release }) => act(name, 'start', () => start(release)),
    restart: async (id) =>
      act(name, 'restart', () => {
        const kept = of(id);
        if (!kept) throw new ToolError('RELEASE_UNKNOWN', `there is no release ${id} on ${name}`);
        return start(kept.release);
      }),
    container: async (container) =>
      act(name, 'container', () => {
        const found = [...containers.values()].find(({ placed }) => placed.container === container);
        if (!found) throw new ToolError('CONTAINER_FAILED', `there is no container ${container}`);
        found.looks++;
        const { crashAfter = Number.POSITIVE_INFINITY } = quality(found.placed.release.id);
        if (found.looks > crashAfter) found.running = false;
        return {
          ...{ running: found.running, exitCode: found.running ? 0 : 2, restarts: 0, oomKilled: false },
          ...{ startedAt: '', error: '' },
        };
      }),
    evidence: async () => act(name, 'evidence', () => ({ log: 'panic: no', inspect: '{}' })),
    remove: async (id) =>
      act(name, 'remove', () => {
        if (id === current) throw new ToolError('PROXY_FAILED', `${id} serves`);
        if (starting === id) starting = undefined;
        containers.delete(id);
      }),
    arm: async (placed) =>
      act(name, 'arm', () => {
        if (starting !== placed.release.id) throw new ToolError('RELEASE_REVERTED', 'not started here');
        starting = undefined;
        pending = { id: placed.release.id, armed: true, prepared: false };
      }),
    prepare: async (id) =>
      act(name, 'prepare', () => {
        if (pending?.id !== id) throw new ToolError('RELEASE_REVERTED', `${name} went back`);
        pending.prepared = true;
      }),
    commit: async (id) =>
      act(name, 'commit', () => {
        if (current === id) return;
        if (pending?.id !== id || !pending.prepared)
          throw new ToolError('RELEASE_REVERTED', `${name} went back`);
        previous = current;
        current = id;
        pending = undefined;
      }),
    revert: async () => act(name, 'revert', () => void back()),
    switchTo: async (id) =>
      act(name, 'switch', () => {
        const placed = of(id);
        if (!placed || starting !== id) throw new ToolError('RELEASE_UNKNOWN', `${id} does not run`);
        const old = of(current);
        give(placed.slot, placed.port);
        if (old) slots[old.slot] = { ...slots[old.slot], weight: 0 };
        previous = current;
        current = id;
        starting = undefined;
      }),
    retire: async (slot) =>
      act(name, 'retire', () => {
        if (of(current)?.slot === slot) throw new ToolError('PROXY_FAILED', `slot ${slot} serves`);
        slots[slot] = emptySlot(slot);
        if (previous !== undefined) stop(previous);
      }),
    job: async (job, _spec, onOutput) =>
      act(name, `job ${job.name}`, () => {
        onOutput('working\n');
        return { code: job.command.includes('false') ? 1 : 0, signal: null, stdout: '', stderr: '' };
      }),
    accessory: async (one) => act(name, `accessory ${one.name}`, () => true),
    journal: async (entry) => act(name, 'journal', () => void journal.push({ at: '', ...entry })),
    history: async () => Promise.resolve(journal),
    pull: async () => act(name, 'pull', () => 'coracle/api:1'),
    prune: async () => act(name, 'prune', () => []),
    down: async () => act(name, 'down', () => undefined),
    proxyConfig: async () => act(name, 'proxy config', () => undefined),
  };
  const proxy: ProxySocket = {
    command: async () => Promise.resolve(''),
    set: async (_service, ...changes) =>
      act(name, 'set', () => {
        for (const change of changes) slots[change.slot] = { ...slots[change.slot], ...change };
      }),
    slots: async () => act(name, 'slots', () => Object.values(slots)),
    counters: async () =>
      act(name, 'counters', () => {
        serve();
        return Object.values(slots).map(({ slot, weight, state }) => ({
          ...{ slot, status: state === 'ready' ? 'UP' : 'MAINT', check: '', weight, sessions: 0 },
          ...{ requests: counts[slot].ok + counts[slot].bad, errors: 0 },
          responses: {
            '1xx': 0,
            '2xx': counts[slot].ok,
            '3xx': 0,
            '4xx': 0,
            '5xx': counts[slot].bad,
            other: 0,
          },
        }));
      }),
    requests: async (signal, each) => {
      follow = each;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    close: async () => Promise.resolve(),
  };
  const live = (): string[] =>
    Object.values(slots)
      .filter(({ state, weight }) => state === 'ready' && weight > 0)
      .map(
        ({ port }) =>
          [...containers].find(([, one]) => one.placed.port === port && one.running)?.[0] ?? 'nobody',
      );
  return {
    name,
    fleetHost: { host: hostOf(name), remote: agent.remote, agent, proxy },
    serves: () => live().join(' and ') || undefined,
    journal,
    running: () => [...containers].flatMap(([id, { running }]) => (running ? [id] : [])),
    broken: () => (live().includes('nobody') && !crashed() ? [`${name} sends requests to nobody`] : []),
    elapse: () => {
      lock = undefined;
      if (pending) back();
    },
  };

  function crashed(): boolean {
    return [...containers.values()].some(({ placed, looks }) => {
      const { crashAfter } = quality(placed.release.id);
      return crashAfter !== undefined && looks > crashAfter;
    });
  }
}

function emptySlot(slot: SlotName): SlotState {
  return { slot, port: 0, weight: 0, state: 'maint' };
}

function hostOf(name: string): FleetHost['host'] {
  return { name, address: name, labels: {}, roles: [] };
}
