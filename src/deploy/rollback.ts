/**
 * Back to an earlier release on all hosts at once: its kept container is started, answers, and one change of each proxy gives it all requests. What served
 * is retired and kept. In an emergency some hosts are better than none: where it is impossible is named, and the others go back.
 */
import type { Ctx } from '../core/ctx.ts';
import { ToolError, messageOf } from '../core/errors.ts';
import { stopSignal } from './deploy.ts';
import { realParts } from './parts.ts';
import type { Parts } from './parts.ts';
import { lockAll, unlockAll } from './phases/claim.ts';
import { inPhase, onHosts, placeOf, seconds } from './phases/place.ts';
import type { Place, Run } from './phases/place.ts';
import type { Probe } from './phases/probe.ts';
import { proveOn } from './phases/start.ts';
import { inEnvironment, urlsOf } from './release.ts';
import { plainError, resultOf } from './result.ts';
import { follow } from './phases/shift.ts';
import type { Tallies } from './phases/shift.ts';
import type { DeployOptions, DeployResult, DeploySettings, PlacedRelease, Release } from './types.ts';

/**
 * Rolls back to `releaseId`, or to what served before the newest release. A deploy that is pending is only reverted.
 * @throws ToolError RELEASE_UNKNOWN when no host has it, DEPLOY_LOCKED, HOST_UNREACHABLE when no host can be reached
 */
export async function rollback(
  ctx: Ctx,
  settings: DeploySettings,
  releaseId: string | undefined,
  options: DeployOptions,
  given?: Pick<Parts, 'openFleet' | 'probe'>,
): Promise<DeployResult> {
  const parts = given ?? (await realParts());
  const began = performance.now();
  const fleet = await parts.openFleet(ctx, settings, { ...options, partial: true });
  const places = fleet.hosts.map(placeOf);
  const followed = new AbortController();
  try {
    const first = fleet.unreachable[0];
    if (first && places.length === 0) throw first.error;
    const what = releaseId === undefined ? 'rollback' : `rollback to ${releaseId}`;
    await lockAll(places, settings.parallel, { by: options.by, what, since: ctx.now().getTime() });
    const stop = stopSignal(ctx.signal, places);
    const back = await goTo(ctx, settings, releaseId, options, {
      places,
      stop,
      probe: parts.probe(),
      followed,
      began,
    });
    return withUnreachable(back, fleet.unreachable, settings);
  } finally {
    followed.abort();
    await unlockAll(places);
    await fleet.close();
  }
}

interface Claimed {
  readonly places: readonly Place[];
  readonly stop: AbortSignal;
  readonly probe: Probe;
  readonly followed: AbortController;
  readonly began: number;
}

async function goTo(
  ctx: Ctx,
  settings: DeploySettings,
  releaseId: string | undefined,
  options: DeployOptions,
  claimed: Claimed,
): Promise<DeployResult> {
  const { places, stop } = claimed;
  const reverted = await settleHere(ctx, settings, claimed);
  const target = targetOf(places, releaseId, reverted);
  const release = releaseNamed(places, target);
  const from = newest(places)?.release.id;
  const run: Run = { ctx, settings, release, places, stop, steps: [] };
  const tallies = follow(run, claimed.followed.signal);
  for (const place of places) {
    if (place.state.current?.release.id === target) place.reached = 'confirmed';
  }
  const moving = places.filter(({ reached }) => reached !== 'confirmed');
  await onHosts(moving, settings.parallel, async (place) => switchOne(run, place, claimed.probe, tallies), {
    all: true,
  });
  await Promise.all(moving.map(async (place) => journal(place, options.by, from, target)));
  const moved = moving.filter(({ reached }) => reached === 'confirmed');
  await onHosts(moved, settings.parallel, async (place) => retireOne(run, place), { all: true });
  return ended(
    run,
    from,
    reverted,
    claimed.began,
    [...tallies.values()].map(({ first }) => first),
  );
}

/** @returns whether a pending release was taken back */
async function settleHere(ctx: Ctx, settings: DeploySettings, { places, stop }: Claimed): Promise<boolean> {
  let reverted = false;
  const outcomes = await onHosts(
    places,
    settings.parallel,
    async (place) => {
      place.state = await place.agent.state();
      // What is well needs no settling, and every round trip is time in which the bad release serves.
      if (place.state.pending) {
        reverted = true;
        await place.agent.revert('rollback');
        const done = await place.agent.settle();
        if (done !== undefined) ctx.emit({ kind: 'warning', message: `${place.name}: ${done}` });
        place.state = await place.agent.state();
      }
      place.old = place.state.current;
    },
    { all: true },
  );
  stop.throwIfAborted();
  const [first] = outcomes;
  if (first?.ok === false && outcomes.every(({ ok }) => !ok)) throw first.error;
  return reverted;
}

function newest(places: readonly Place[]): PlacedRelease | undefined {
  return places
    .flatMap(({ state }) => (state.current ? [state.current] : []))
    .toSorted((a, b) => b.release.at - a.release.at)[0];
}

/**
 * What to go back to: what was asked. Else, when a pending release was taken back and all hosts serve one, that one. Else what the newest release replaced, also where
 * only some hosts have come to confirm it.
 * @throws ToolError RELEASE_UNKNOWN
 */
export function targetOf(
  places: readonly Pick<Place, 'state'>[],
  releaseId: string | undefined,
  reverted: boolean,
): string {
  if (releaseId !== undefined) return releaseId;
  const newestFirst = places
    .flatMap(({ state: { current, previous } }) => (current ? [{ current, previous }] : []))
    .toSorted((a, b) => b.current.release.at - a.current.release.at);
  const newestId = newestFirst[0]?.current.release.id;
  const one = newestFirst.every(({ current }) => current.release.id === newestId);
  if (reverted && one && newestId !== undefined) return newestId;
  const target = newestFirst.find(
    ({ current, previous }) => current.release.id === newestId && previous,
  )?.previous;
  if (target) return target.release.id;
  throw new ToolError('RELEASE_UNKNOWN', 'no host has kept an earlier release to go back to', {
    hint: 'coracle history shows what was deployed; coracle deploy brings a release anew',
  });
}

function releaseNamed(places: readonly Place[], id: string): Release {
  const known = places
    .flatMap(({ state }) => [state.current, state.previous])
    .find((placed) => placed?.release.id === id);
  // One that is neither is described by the host that starts it.
  return (
    known?.release ?? {
      id,
      service: places[0]?.agent.service ?? '',
      image: 'sha256:',
      version: '',
      by: '',
      at: 0,
    }
  );
}

async function switchOne(run: Run, place: Place, probe: Probe, tallies: Tallies): Promise<void> {
  const { id } = run.release;
  await inPhase(run.ctx, place, 'start', async () => {
    place.fresh = await place.agent.restart(id);
    return `port ${place.fresh.port}`;
  });
  const { fresh } = place;
  if (!fresh) return;
  try {
    await inPhase(run.ctx, place, 'prove', async () => {
      const quick = { ...run, settings: { ...run.settings, health: { ...run.settings.health, settle: 0 } } };
      return `ready in ${seconds(await proveOn(quick, place, fresh, probe))}`;
    });
    await inPhase(run.ctx, place, 'shift', async () => {
      tallies.get(place.name)?.awaitFirst(fresh.slot);
      await place.agent.switchTo(id);
      place.reached = 'confirmed';
      return '100 %';
    });
  } catch (error) {
    await place.agent.revert(`rollback to ${id} failed: ${messageOf(error)}`).catch(() => undefined);
    throw error;
  }
}

async function retireOne(run: Run, place: Place): Promise<void> {
  if (!place.old?.running) return;
  const { slot } = place.old;
  await inPhase(run.ctx, place, 'retire', async () => {
    await place.agent.retire(slot, run.settings.drain, run.settings.container.grace);
    return place.old?.release.id;
  });
}

async function journal(place: Place, by: string, from: string | undefined, to: string): Promise<void> {
  const moved = place.reached === 'confirmed';
  await place.agent
    .journal({
      ...{ by, what: 'rollback', release: to, verdict: moved ? 'pass' : 'fail' },
      ...(from === undefined ? {} : { from }),
      ...(moved ? { to } : {}),
      ...(place.error === undefined ? {} : { evidence: messageOf(place.error) }),
    })
    .catch(() => undefined);
}

function ended(
  run: Run,
  from: string | undefined,
  reverted: boolean,
  began: number,
  first: readonly (number | undefined)[],
): DeployResult {
  const { places, settings } = run;
  const release = places.find(({ fresh }) => fresh)?.fresh?.release ?? run.release;
  const failed = places.filter(({ reached }) => reached !== 'confirmed');
  const times = first.flatMap((time) => (time === undefined ? [] : [time - began]));
  const base = {
    ...{ settings, release, from, places, steps: [], urls: urlsOf(settings) },
    took: performance.now() - began,
    firstRequest: times.length === 0 ? undefined : Math.min(...times),
  };
  const none = failed.length === places.length;
  if (failed.length === 0) {
    const how = reverted
      ? `the pending release was taken back; ${release.id} serves`
      : `${release.id} serves again`;
    return resultOf(
      base,
      'deployed',
      `${capital(how)} on ${places.length === 1 ? '1 host' : `${places.length} hosts`}.`,
      undefined,
    );
  }
  const each = failed.map(({ name, error }) => `${name}: ${messageOf(error)}`).join('; ');
  return none
    ? resultOf(
        base,
        'failed',
        `No host went back to ${release.id}: ${each}.`,
        `coracle history${inEnvironment(settings)}`,
      )
    : resultOf(
        base,
        'split',
        `${release.id} serves, but not on ${each}.`,
        `coracle deploy${inEnvironment(settings)}`,
      );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Hosts that nobody could tell are named, and make it a split. */
function withUnreachable(
  result: DeployResult,
  unreachable: readonly { readonly host: { readonly name: string }; readonly error: ToolError }[],
  settings: DeploySettings,
): DeployResult {
  if (unreachable.length === 0) return result;
  const names = unreachable.map(({ host }) => host.name).join(', ');
  return {
    ...result,
    outcome: result.outcome === 'deployed' ? 'split' : result.outcome,
    summary: `${result.summary} ${names} could not be reached and was not told.`,
    next: `coracle rollback${inEnvironment(settings)} ${result.release.id}`,
    hosts: [
      ...result.hosts,
      ...unreachable.map(({ host, error }) => ({
        host: host.name,
        serves: undefined,
        phase: undefined,
        error: plainError(error),
      })),
    ],
  };
}
