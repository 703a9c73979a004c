import type { Claims } from './claims.ts';
import { growing, letGo } from './growing.ts';
import type { ByteKind, Evidence } from './types.ts';

/** Claims that are remembered, because what lies between them and what points into them is asked for later. */
export interface Spans {
  add(offset: number, size: number, account: number, kind: ByteKind, evidence: Evidence): void;
  /** What is known, for looking up. Asked once, at the end. */
  index(): SpanIndex;
}

export interface SpanIndex {
  /** Ascending starts, and for each the furthest end of all up to it. */
  readonly start: Float64Array;
  readonly reach: Float64Array;
  /** The account of the last span that begins at or before the offset and covers it; -1. */
  accountAt(offset: number): number;
  covers(offset: number): boolean;
  /** The start of the first span after an offset; infinity. */
  nextStart(offset: number): number;
}

const most = 1 << 21;

export function makeSpans(claims: Claims): Spans {
  const start = growing(most);
  const end = growing(most);
  const account = growing(most);
  return {
    add: (offset, size, owner, kind, evidence) => {
      claims.add(offset, size, owner, kind, evidence);
      start.push(offset);
      end.push(offset + size);
      account.push(owner);
    },
    index: () => {
      const index = indexOf(start.values(), end.values(), account.values());
      for (const column of [start, end, account]) column.clear();
      return index;
    },
  };
}

function indexOf(starts: Float64Array, ends: Float64Array, accounts: Float64Array): SpanIndex {
  // The index in the low bits makes a plain sort of numbers enough.
  const order = new Float64Array(starts.length);
  for (let index = 0; index < order.length; index++) order[index] = (starts[index] ?? 0) * most + index;
  order.sort();
  const start = new Float64Array(order.length);
  const end = new Float64Array(order.length);
  const reach = new Float64Array(order.length);
  const account = new Float64Array(order.length);
  let furthest = 0;
  for (let index = 0; index < order.length; index++) {
    const from = (order[index] ?? 0) % most;
    start[index] = starts[from] ?? 0;
    end[index] = ends[from] ?? 0;
    account[index] = accounts[from] ?? 0;
    furthest = Math.max(furthest, ends[from] ?? 0);
    reach[index] = furthest;
  }
  letGo(order);
  const find = (offset: number): number => {
    let [low, high] = [0, start.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((start[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    start,
    reach,
    accountAt: (offset) => {
      const index = find(offset);
      return index >= 0 && offset < (end[index] ?? 0) ? (account[index] ?? -1) : -1;
    },
    covers: (offset) => {
      const index = find(offset);
      return index >= 0 && offset < (reach[index] ?? 0);
    },
    nextStart: (offset) => start[find(offset) + 1] ?? Number.POSITIVE_INFINITY,
  };
}
