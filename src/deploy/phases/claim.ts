/** Locks on all hosts, and what an earlier deploy left there. */
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import type { DeploySettings, LockHolder, PlacedRelease } from '../types.ts';
import { everywhere, onHost, onHosts } from './place.ts';
import type { Place } from './place.ts';

/**
 * Locks the service on every host: first on the one whose name comes first, then on all others at once. So of two deployers of the same hosts one gets them all and
 * the other none.
 * @throws ToolError DEPLOY_LOCKED, after giving back those that it got
 */
export async function lockAll(places: readonly Place[], limit: number, holder: LockHolder): Promise<void> {
  const [first, ...others] = places.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (!first) return;
  const lock = async (place: Place): Promise<void> => {
    place.lock = await place.agent.lock(holder);
  };
  const outcomes = [
    ...(await onHosts([first], 1, lock)),
    ...(first.lock ? await onHosts(others, limit, lock) : []),
  ];
  const refused = outcomes.find(({ ok }) => !ok);
  if (refused?.ok !== false) return;
  await unlockAll(places);
  throw onHost(refused.place, refused.error);
}

/** Never fails: a lock ends with its connection at the latest. */
export async function unlockAll(places: readonly Place[]): Promise<void> {
  await Promise.all(
    places.map(async (place) => {
      await place.lock?.release().catch(() => undefined);
      place.lock = undefined;
    }),
  );
}

/**
 * Finishes what a death left half done: a release that some host has confirmed is confirmed where it is only prepared; everything else pending goes back, by the
 * host's own records. Says what was done.
 */
export async function settleAll(
  ctx: Ctx,
  settings: DeploySettings,
  stop: AbortSignal,
  places: readonly Place[],
): Promise<void> {
  const run = { settings, stop };
  await everywhere(run, places, async (place) => {
    place.state = await place.agent.state();
  });
  const confirmed = new Set(places.map(({ state }) => state.current?.release.id));
  await everywhere(run, places, async (place) => {
    const { pending } = place.state;
    if (pending?.prepared && confirmed.has(pending.release.id)) {
      await finishConfirming(ctx, place, pending);
      place.state = await place.agent.state();
    }
    const done = await place.agent.settle();
    if (done !== undefined) {
      ctx.emit({ kind: 'warning', message: `${place.name}: an earlier deploy was left half done; ${done}` });
      place.state = await place.agent.state();
    }
    place.old = place.state.current?.running ? place.state.current : undefined;
  });
  const serving = new Set(places.map(({ state }) => state.current?.release.id));
  if (serving.size > 1) {
    const which = places
      .map(({ name, state }) => `${name} ${state.current?.release.id ?? 'nothing'}`)
      .join(', ');
    ctx.emit({
      kind: 'warning',
      message: `the hosts do not serve one release: ${which}; this one goes to all`,
    });
  }
}

async function finishConfirming(ctx: Ctx, place: Place, pending: PlacedRelease): Promise<void> {
  try {
    await place.agent.commit(pending.release.id);
    ctx.emit({
      kind: 'warning',
      message: `${place.name}: ${pending.release.id} was prepared here and is confirmed elsewhere, so it was confirmed here too`,
    });
  } catch (error) {
    if (!isToolError(error, 'RELEASE_REVERTED')) throw error;
  }
}
