/**
 * Back to an earlier release on all hosts at once: its kept container is started, answers, and one change of each proxy gives it all requests. What served
 * is retired and kept. In an emergency some hosts are better than none: where it is impossible is named, and the others go back.
 */
import type { Ctx } from '../core/ctx.ts';
import { messageOf } from '../core/errors.ts';
import { stopSignal } from './deploy.ts';
import { realParts } from './parts.ts';
import type { Parts } from './parts.ts';
import { lockAll, unlockAll } from './phases/claim.ts';
import { inPhase, onHosts, placeOf, seconds } from './phases/place.ts';
import type { Place, Run } from './phases/place.ts';
import type { Probe } from './phases/probe.ts';
import { proveOn } from './phases/start.ts';
import { rollbackResult, withUnreachable } from './rollback-result.ts';
import { newest, releaseNamed, targetOf } from './rollback-target.ts';
import { follow } from './phases/watch.ts';
import type { Tallies } from './phases/watch.ts';
import type { DeployOptions, DeployResult, DeploySettings } from './types.ts';

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
    const back = await goTo(ctx, settings, releaseId, options, {
      places,
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
  const { places } = claimed;
  const reverted = await settleHere(ctx, settings, claimed);
  const target = targetOf(places, releaseId, reverted);
  const release = releaseNamed(places, target);
  const from = newest(places)?.release.id;
  const run: Run = { ctx, settings, release, places, stop: ctx.signal, steps: [] };
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
  return rollbackResult(
    run,
    from,
    reverted,
    claimed.began,
    [...tallies.values()].map(({ first }) => first),
  );
}

/** @returns whether a pending release was taken back */
async function settleHere(ctx: Ctx, settings: DeploySettings, { places }: Claimed): Promise<boolean> {
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
  ctx.signal.throwIfAborted();
  const [first] = outcomes;
  if (first?.ok === false && outcomes.every(({ ok }) => !ok)) throw first.error;
  return reverted;
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
      const stop = stopSignal(run.stop, [place]);
      const quick = {
        ...run,
        stop,
        settings: { ...run.settings, health: { ...run.settings.health, settle: 0 } },
      };
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
