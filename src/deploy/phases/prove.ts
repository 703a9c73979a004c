/** A release that was started must become ready, and stay up. */
import { ToolError } from '../../core/errors.ts';
import type { HealthSettings, PlacedRelease } from '../types.ts';
import type { ContainerState } from '../host/types.ts';
import { rest } from '../../core/rest.ts';
import { unless } from '../until.ts';
import type { Answer } from './probe.ts';

/** What proving needs of the world: so that it can be tried with plain values. */
export interface Provable {
  /** The program's answer, or undefined when it has no path to ask. */
  ask(signal: AbortSignal): Promise<Answer | undefined>;
  container(): Promise<ContainerState>;
  /** Milliseconds of a clock that only goes forward. */
  clock(): number;
}

/** What is known of a release that is being proven; `last` also when it fails. */
export interface Proof {
  last: string | undefined;
}

/** Longest time between two looks, in milliseconds: a program that is ready at once must not be waited for. */
const longestPause = 1000;
const firstPause = 20;

/**
 * Waits until the program is ready, and then for `settle`, in which it must stay well. Before it is ready a bad answer only means to wait; after it, a bad
 * answer fails, unless it is younger than its start period.
 * @returns milliseconds from its start until it was ready
 * @throws ToolError CONTAINER_FAILED
 */
export async function prove(
  placed: PlacedRelease,
  health: HealthSettings,
  world: Provable,
  proof: Proof,
  stop: AbortSignal,
): Promise<number> {
  const began = world.clock();
  const deadline = Math.max(health.deadline, health.startPeriod);
  let ready: number | undefined;
  for (
    let pause = firstPause;
    ;
    pause = Math.min(pause * 1.5, longestPause, Math.max(firstPause, health.interval))
  ) {
    const [state, answer] = await unless(stop, Promise.all([world.container(), world.ask(stop)]));
    if (answer && (answer.well || state.running)) proof.last = answer.words;
    assertUp(placed, state, proof);
    const elapsed = world.clock() - began;
    if (answer?.well === false) {
      if (ready !== undefined && elapsed > health.startPeriod)
        throw failed(placed, `it was ready, and ${elapsed - ready} ms later answered: ${answer.words}`);
      ready = undefined;
      if (elapsed > deadline)
        throw failed(placed, `it was not ready within ${deadline} ms; its last answer was: ${answer.words}`);
    } else {
      ready ??= elapsed;
      if (elapsed - ready >= health.settle) return ready;
    }
    const left =
      ready === undefined ? pause : Math.min(pause, Math.max(1, health.settle - (elapsed - ready)));
    await rest(stop, left);
  }
}

function assertUp(placed: PlacedRelease, state: ContainerState, proof: Proof): void {
  if (state.running && state.restarts === 0) return;
  if (state.restarts > 0) throw failed(placed, `it was restarted ${state.restarts} times`);
  const why = state.oomKilled
    ? 'it was killed for using more memory than it may have'
    : `it ended with exit code ${state.exitCode}`;
  const words = state.error === '' ? why : `${why}: ${state.error}`;
  throw failed(placed, proof.last === undefined ? words : `${words}; its last answer was: ${proof.last}`);
}

function failed(placed: PlacedRelease, why: string): ToolError {
  return new ToolError('CONTAINER_FAILED', `${placed.release.id} did not prove itself: ${why}`);
}
