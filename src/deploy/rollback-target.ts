/** Which release a rollback goes to: pure, from what hosts' records say. */
import { ToolError } from '../core/errors.ts';
import type { Place } from './phases/place.ts';
import type { PlacedRelease, Release } from './types.ts';

/** What was deployed last of what serves anywhere. */
export function newest(places: readonly Pick<Place, 'state'>[]): PlacedRelease | undefined {
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

/** As far as hosts say what it is. */
export function releaseNamed(places: readonly Place[], id: string): Release {
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
