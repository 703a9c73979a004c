interface Timed {
  readonly at: number;
}

export interface Reorder<T> {
  /** Takes an item that came at `now` (milliseconds of any clock that only rises). @returns what need not wait any longer */
  push(item: T, now: number): T[];
  /** What has waited long enough by `now`. */
  due(now: number): T[];
  /** All that is left, in order. */
  rest(): T[];
}

/**
 * Puts items of several live sources in the order of their times, as far as they come within `wait` milliseconds of each other. An item waits so long
 * after it came and is then given, with all that are older than it; no more than `room` items wait.
 */
export function reorder<T extends Timed>(wait: number, room: number): Reorder<T> {
  /** By time; of the same time by arrival. */
  const held: { readonly item: T; readonly came: number }[] = [];
  const take = (count: number): T[] => held.splice(0, count).map(({ item }) => item);
  const due = (now: number): T[] => take(held.findLastIndex(({ came }) => came + wait <= now) + 1);
  return {
    push(item, now) {
      let place = held.length;
      while (place > 0 && (held[place - 1]?.item.at ?? 0) > item.at) place--;
      held.splice(place, 0, { item, came: now });
      return [...take(Math.max(0, held.length - room)), ...due(now)];
    },
    due,
    rest: () => take(held.length),
  };
}
