/**
 * phases/ are the steps of a release over all hosts, each a function of a Run. What each has done stands in the Run's places, so that going back knows what
 * there is to undo. They must not know how a host does it (deploy/host/) or how a verdict is found (deploy/judge/).
 */
import { semaphore } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError, messageOf } from '../../core/errors.ts';
import type { Phase } from '../../core/event.ts';
import type { ProxySocket } from '../../proxy/types.ts';
import type { FleetHost } from '../fleet.ts';
import type {
  DeploySettings,
  HostResult,
  JudgedStep,
  PlacedRelease,
  Release,
  ServiceState,
} from '../types.ts';
import type { HostAgent, HostLock } from '../host/types.ts';

/** A host during a deploy or a rollback, and what has been done there. */
export interface Place {
  readonly name: string;
  readonly host: FleetHost;
  readonly agent: HostAgent;
  proxy: ProxySocket | undefined;
  lock: HostLock | undefined;
  /** As its records had it when we had settled what was left. */
  state: ServiceState;
  /** What serves there, if it runs. */
  old: PlacedRelease | undefined;
  fresh: PlacedRelease | undefined;
  /** The old one is stopped while the new one starts, as both want the same port of the host; it cannot share traffic. */
  stops: boolean;
  /** What of the new release may be there, for going back. */
  reached: 'nothing' | 'started' | 'armed' | 'confirmed';
  /** Percent that the new release gets. */
  share: number;
  phase: Phase | undefined;
  error: unknown;
  evidence: HostResult['evidence'];
}

export interface Run {
  readonly ctx: Ctx;
  readonly settings: DeploySettings;
  readonly release: Release;
  readonly places: readonly Place[];
  /** Aborts with the reason why the deploy must not go on: interrupt, a lost lock, a lost host. */
  readonly stop: AbortSignal;
  readonly steps: JudgedStep[];
}

const nothing: ServiceState = {
  current: undefined,
  previous: undefined,
  pending: undefined,
  strays: [],
  lock: undefined,
};

export function placeOf(host: FleetHost): Place {
  return {
    name: host.host.name,
    host,
    agent: host.agent,
    proxy: host.proxy,
    lock: undefined,
    state: nothing,
    old: undefined,
    fresh: undefined,
    stops: false,
    reached: 'nothing',
    share: 0,
    phase: undefined,
    error: undefined,
    evidence: undefined,
  };
}

/** What became of one host's work. */
export type Outcome<R> =
  | { readonly place: Place; readonly ok: true; readonly value: R }
  | { readonly place: Place; readonly ok: false; readonly error: unknown };

/**
 * Does something on many hosts, at most `limit` at a time, and waits for all of them, also when one fails: what is being done on a host cannot be
 * undone before it is over. After a failure no further host begins, unless `all`.
 */
export async function onHosts<R>(
  places: readonly Place[],
  limit: number,
  work: (place: Place) => Promise<R>,
  { all = false } = {},
): Promise<Outcome<R>[]> {
  const slots = semaphore(Math.max(1, limit));
  let failed = false;
  const outcomes = await Promise.all(
    places.map(async (place) =>
      slots.run(async (): Promise<Outcome<R> | undefined> => {
        if (failed && !all) return undefined;
        try {
          return { place, ok: true, value: await work(place) };
        } catch (error) {
          failed = true;
          place.error ??= error;
          return { place, ok: false, error };
        }
      }),
    ),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

/** As onHosts, but throws the first failure, with the name of its host; the others are in `place.error`. */
export async function everywhere<R>(
  run: Pick<Run, 'settings' | 'stop'>,
  places: readonly Place[],
  work: (place: Place) => Promise<R>,
): Promise<R[]> {
  run.stop.throwIfAborted();
  const outcomes = await onHosts(places, run.settings.parallel, work);
  run.stop.throwIfAborted();
  const failed = outcomes.find(({ ok }) => !ok);
  if (failed?.ok === false) throw onHost(failed.place, failed.error);
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
}

/** The error, with the name of its host in front, unless it says it. */
export function onHost(place: Pick<Place, 'name'>, error: unknown): Error {
  if (!isToolError(error)) return error instanceof Error ? error : new Error(String(error));
  if (error.message.includes(place.name)) return error;
  return new ToolError(error.code, `${place.name}: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
}

/** Tells of one host's way through one phase. What `work` gives is the remark for its cell. */
export async function inPhase(
  ctx: Ctx,
  place: Place,
  phase: Phase,
  work: () => Promise<string | undefined>,
): Promise<void> {
  place.phase = phase;
  tell(ctx, place, phase, 'started');
  try {
    const note = await work();
    tell(ctx, place, phase, 'done', note);
  } catch (error) {
    tell(ctx, place, phase, 'failed', messageOf(error).split('\n', 1)[0]);
    throw error;
  }
}

export function tell(
  ctx: Ctx,
  place: Pick<Place, 'name'>,
  phase: Phase,
  state: 'started' | 'done' | 'failed' | 'undone',
  note?: string,
): void {
  ctx.emit({
    kind: 'host',
    host: place.name,
    phase,
    state,
    at: ctx.now().getTime(),
    ...(note === undefined ? {} : { note }),
  });
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0)} s`;
}
