/** The new release beside the old: started, proven, or removed with its evidence. */
import { ToolError, isToolError, messageOf } from '../../core/errors.ts';
import type { PlacedRelease } from '../types.ts';
import type { StartSpec } from '../host/types.ts';
import { rest } from '../../core/rest.ts';
import { everywhere, inPhase, seconds, tell } from './place.ts';
import type { Place, Run } from './place.ts';
import type { Probe } from './probe.ts';
import { prove } from './prove.ts';
import type { Proof } from './prove.ts';

/** Starts the release on these hosts and waits until it has proven itself on all of them. @throws ToolError CONTAINER_FAILED */
export async function startAndProve(
  run: Run,
  places: readonly Place[],
  specOf: (place: Place) => StartSpec,
  probe: Probe,
): Promise<void> {
  await everywhere(run, places, async (place) =>
    inPhase(run.ctx, place, 'start', async () => {
      place.reached = 'started';
      place.fresh = await place.agent.start(specOf(place));
      return `port ${place.fresh.port}`;
    }),
  );
  await everywhere(run, places, async (place) =>
    inPhase(
      run.ctx,
      place,
      'prove',
      async () => `ready in ${seconds(await proveOn(run, place, freshOf(place), probe))}`,
    ),
  );
}

/** Proves a release on one host; when it fails, its evidence is kept in the place. @returns milliseconds until it was ready */
export async function proveOn(run: Run, place: Place, placed: PlacedRelease, probe: Probe): Promise<number> {
  const { health, proxy } = run.settings;
  const proof: Proof = { last: undefined };
  const world = {
    ask: async (signal: AbortSignal) => {
      if (health.path === undefined) return undefined;
      return probe(
        {
          port: await place.agent.remote.forward(placed.port),
          path: health.path,
          status: health.status,
          domain: proxy?.service.domains[0],
          patience: Math.max(2000, health.interval),
        },
        signal,
      );
    },
    container: async () => place.agent.container(placed.container),
    clock: () => performance.now(),
  };
  try {
    return await prove(placed, health, world, proof, run.stop);
  } catch (error) {
    if (isToolError(error, 'CONTAINER_FAILED')) await keepEvidence(place, placed, proof.last);
    throw error;
  }
}

/** Never fails: going back is more important than knowing why. */
export async function keepEvidence(
  place: Place,
  placed: PlacedRelease,
  lastProbe: string | undefined,
): Promise<void> {
  try {
    place.evidence ??= { ...(await place.agent.evidence(placed)), probe: lastProbe };
  } catch {
    place.evidence ??= { log: '', inspect: '', probe: lastProbe };
  }
}

export function freshOf(place: Place): PlacedRelease {
  if (place.fresh) return place.fresh;
  throw new ToolError('INTERNAL', `${place.name}: nothing was started here`);
}

/** Milliseconds between two attempts at undoing something. */
const pause = 300;

/**
 * Back to what served, everywhere at once, whatever fails: first the weights, which takes milliseconds; then, by each host's records, all else. A host that cannot be
 * told goes back by itself when its time is over.
 * @returns the hosts where it could not be done
 */
export async function goBack(run: Run, reason: unknown): Promise<readonly Place[]> {
  const touched = run.places.filter(({ reached }) => reached === 'started' || reached === 'armed');
  await Promise.all(touched.map(weightsBack(run)));
  if (isToolError(reason, 'RELEASE_FAILED', 'CONTAINER_FAILED') && touched.some(({ share }) => share > 0)) {
    const shown = touched.find(
      (place) =>
        place.fresh !== undefined && place.evidence === undefined && !place.agent.remote.lost.aborted,
    );
    if (shown?.fresh) await keepEvidence(shown, shown.fresh, undefined);
  }
  const left = await Promise.all(
    touched.map(async (place) => ((await undo(run, place, messageOf(reason))) ? undefined : place)),
  );
  return left.filter((place) => place !== undefined);
}

function weightsBack(run: Run): (place: Place) => Promise<void> {
  return async (place) => {
    const { proxy, fresh, old } = place;
    if (!proxy || !fresh || place.share === 0 || !old) return;
    const slots = [
      { slot: old.slot, weight: 100, state: 'ready' as const },
      { slot: fresh.slot, weight: 0 },
    ];
    await proxy.set(run.settings.service, ...slots).catch(() => undefined); // the host's own revert sets them too
  };
}

async function undo(run: Run, place: Place, reason: string): Promise<boolean> {
  const patient = new AbortController().signal;
  for (let attempt = 0; attempt < 3; attempt++) {
    if (place.agent.remote.lost.aborted) break;
    try {
      if (place.reached === 'armed') await place.agent.revert(reason);
      else await place.agent.remove(run.release.id);
      place.reached = 'nothing';
      place.share = 0;
      tell(run.ctx, place, place.phase ?? 'start', 'undone', place.old ? 'the old one serves' : 'removed');
      return true;
    } catch (error) {
      place.error ??= error;
      await rest(patient, pause * (attempt + 1));
    }
  }
  return false;
}
