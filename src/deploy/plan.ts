/** Which hosts get how much of the traffic when: pure, from the strategy and from who has something old. */
import type { Strategy } from './types.ts';

export interface ShiftStep {
  /** Percent of the requests of each of its hosts. */
  readonly share: number;
  readonly hosts: readonly string[];
  /** Shortest time that it is watched, in milliseconds. */
  readonly shortest: number;
}

export interface Planned {
  readonly name: string;
  /** Whether something serves there already. */
  readonly serving: boolean;
}

/**
 * Steps in their order; together they bring every host to 100 percent, exactly once.
 * A host where nothing serves yet cannot share: whatever it is given gets all of its requests. So it waits for the last step of a canary.
 */
export function shiftSteps(strategy: Strategy, hosts: readonly Planned[], settle: number): ShiftStep[] {
  const names = hosts.map(({ name }) => name);
  const serving = hosts.filter((host) => host.serving).map(({ name }) => name);
  if (strategy.type === 'rolling') {
    const batch = Math.max(1, strategy.batch);
    return Array.from({ length: Math.ceil(names.length / batch) }, (_, index) => ({
      share: 100,
      hosts: names.slice(index * batch, (index + 1) * batch),
      shortest: strategy.pause,
    }));
  }
  const last: ShiftStep = {
    share: 100,
    hosts: names,
    shortest: strategy.type === 'canary' ? strategy.pause : settle,
  };
  if (strategy.type === 'all' || serving.length === 0) return [last];
  const partial = strategy.steps.filter((share) => share > 0 && share < 100);
  return [...partial.map((share) => ({ share, hosts: serving, shortest: strategy.pause })), last];
}

export interface Weights {
  readonly fresh: number;
  readonly old: number;
}

const heaviest = 256;

/** Weights of the two slots (0 to 256, as HAProxy has them) whose ratio is nearest to the share, in percent. Both get something unless it is 0 or 100. */
export function weightsFor(share: number): Weights {
  if (share <= 0) return { fresh: 0, old: 100 };
  if (share >= 100) return { fresh: 100, old: 0 };
  let best: Weights = { fresh: 1, old: 1 };
  let distance = Number.POSITIVE_INFINITY;
  for (let sum = 2; sum <= heaviest; sum++) {
    const fresh = Math.min(sum - 1, Math.max(1, Math.round((share / 100) * sum)));
    const off = Math.abs((fresh / sum) * 100 - share);
    if (off < distance - 1e-9) {
      distance = off;
      best = { fresh, old: sum - fresh };
    }
  }
  return best;
}
