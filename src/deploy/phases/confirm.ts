/** From "goes back by itself" to "is what serves": prepared everywhere, then done everywhere; and the old release's end. */
import { ToolError, isToolError, messageOf } from '../../core/errors.ts';
import { everywhere, inPhase, onHost, onHosts, tell } from './place.ts';
import type { Place, Run } from './place.ts';

/**
 * Confirms. Until the first host has confirmed, any failure throws, and everything goes back; from there on nothing does.
 * @returns the hosts that did not confirm while others did
 * @throws ToolError when no host has confirmed
 */
export async function confirmAll(run: Run): Promise<readonly Place[]> {
  const { id } = run.release;
  for (const place of run.places) {
    place.phase = 'confirm';
    tell(run.ctx, place, 'confirm', 'started');
  }
  await everywhere(run, run.places, async (place) => place.agent.prepare(id));
  run.stop.throwIfAborted();
  const outcomes = await onHosts(run.places, run.settings.parallel, async (place) => commitOn(run, place), {
    all: true,
  });
  for (const { place, ok } of outcomes) tell(run.ctx, place, 'confirm', ok ? 'done' : 'failed');
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const [first] = failed;
  if (first && failed.length === run.places.length) throw onHost(first.place, first.error);
  for (const { place, error } of failed) place.error = splitError(place, error);
  return failed.map(({ place }) => place);
}

/** One rename on the host decides; when its answer is lost, the host's records say which way. */
async function commitOn({ ctx, release: { id } }: Run, place: Place): Promise<void> {
  try {
    await place.agent.commit(id);
  } catch (error) {
    if (place.agent.remote.lost.aborted || isToolError(error, 'RELEASE_REVERTED')) throw error;
    const { current } = await place.agent.state();
    if (current?.release.id !== id) throw error;
    ctx.emit({
      kind: 'warning',
      message: `${place.name} confirmed, and then: ${messageOf(error)}; the next deploy finishes what is left`,
    });
  }
  place.reached = 'confirmed';
}

function splitError(place: Place, error: unknown): ToolError {
  const lost = place.agent.remote.lost.aborted;
  return new ToolError(
    'FLEET_SPLIT',
    lost
      ? `${place.name} was lost while it was told to confirm: it has confirmed, or goes back by itself`
      : `${place.name} did not confirm: ${messageOf(error)}`,
    { cause: error },
  );
}

/** The old release drains, is stopped and kept. What fails here does not undo the release; it is said. */
export async function retireAll(run: Run): Promise<void> {
  const { drain, container } = run.settings;
  await onHosts(
    run.places.filter(({ reached, old }) => reached === 'confirmed' && old),
    run.settings.parallel,
    async (place) =>
      inPhase(run.ctx, place, 'retire', async () => {
        if (place.old) await place.agent.retire(place.old.slot, drain, container.grace);
        return place.old?.release.id;
      }),
    { all: true },
  );
}

/** Old releases and images beyond what is kept. Never fails a deploy. */
export async function pruneAll(run: Run): Promise<void> {
  await Promise.all(
    run.places
      .filter(({ reached }) => reached === 'confirmed')
      .map(async (place) => {
        try {
          await place.agent.prune(run.settings.keep, false);
        } catch (error) {
          run.ctx.emit({
            kind: 'warning',
            message: `${place.name}: old releases were not removed: ${messageOf(error)}`,
            hint: 'coracle prune',
          });
        }
      }),
  );
}
