/**
 * What people watch while a release goes onto hosts, as plain state: for each host where it is in each phase, and what old and new answer. It is
 * made of events alone and draws nothing.
 */
import { phases, type HostPhase, type Phase, type Traffic } from '../../core/event.ts';

export interface Cell {
  readonly state: HostPhase['state'];
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly note: string | undefined;
}

export interface LiveHost {
  readonly name: string;
  readonly cells: Partial<Record<Phase, Cell>>;
}

/** A moment of the counters, from which rates come. */
interface Sample {
  readonly at: number;
  readonly fresh: number;
  readonly old: number;
}

export interface LiveState {
  /** In the order in which they were first heard of. */
  readonly hosts: Map<string, LiveHost>;
  traffic: Traffic | undefined;
  /** Of the step that is watched now, oldest first. */
  samples: Sample[];
}

/** Milliseconds over which requests a second are counted. */
const rateWindow = 5000;

export function emptyLive(): LiveState {
  return { hosts: new Map(), traffic: undefined, samples: [] };
}

/** Takes one event of a host into the state. */
export function takeHost(state: LiveState, event: HostPhase): void {
  const host = state.hosts.get(event.host) ?? { name: event.host, cells: {} };
  state.hosts.set(event.host, host);
  const before = host.cells[event.phase];
  const over = event.state !== 'started';
  const goesOn = before !== undefined && before.endedAt === undefined;
  host.cells[event.phase] = {
    state: event.state,
    startedAt: goesOn || (over && before !== undefined) ? before.startedAt : event.at,
    endedAt: over ? event.at : undefined,
    note: event.note ?? (goesOn ? before.note : undefined),
  };
}

export function takeTraffic(state: LiveState, event: Traffic): void {
  const sample = { at: event.at, fresh: event.fresh.requests, old: event.old?.requests ?? 0 };
  const last = state.samples.at(-1);
  const anew =
    state.traffic?.share !== event.share ||
    last === undefined ||
    sample.fresh < last.fresh ||
    sample.old < last.old;
  state.samples = anew
    ? [sample]
    : [...state.samples.filter(({ at }) => at >= event.at - rateWindow), sample];
  state.traffic = event;
}

/** Requests a second of new and old lately; undefined until there are two moments to compare. */
export function rates(state: LiveState): { readonly fresh: number; readonly old: number } | undefined {
  const [first, last] = [state.samples[0], state.samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  const seconds = (last.at - first.at) / 1000;
  return { fresh: (last.fresh - first.fresh) / seconds, old: (last.old - first.old) / seconds };
}

/** How a host stands on the whole. */
export type Standing = 'failed' | 'running' | 'waiting' | 'done' | 'undone';

export function standingOf(host: LiveHost): Standing {
  const cells = phases.flatMap((phase) => host.cells[phase] ?? []);
  if (cells.some(({ state }) => state === 'failed')) return 'failed';
  if (cells.some(({ state }) => state === 'started')) return 'running';
  if (cells.some(({ state }) => state === 'undone')) return 'undone';
  return host.cells.confirm?.state === 'done' ? 'done' : 'waiting';
}

/** The phase that a host is in, or that it came to last. */
export function phaseOf(host: LiveHost): Phase | undefined {
  const running = phases.find((phase) => host.cells[phase]?.state === 'started');
  return running ?? phases.findLast((phase) => host.cells[phase] !== undefined);
}
