import { growing } from './growing.ts';
import type { Owners } from './owners.ts';

/** Who refers to which byte of data, in columns: a program has a million such references. */
export interface References {
  /** @param target offset in the file */
  add(target: number, owner: number): void;
  /** All targets so far, in no order, some of them repeated. */
  each(visit: (target: number) => void): void;
  /**
   * Asked once, at the end: the distinct targets, ascending, and of each the owner that all who refer to it come to. @param isVariable true for what only one
   * package can have defined; texts and constants, which the linker keeps once for all, are of all that use them
   */
  settle(isVariable: (target: number, next: number) => boolean): Settled;
}

export interface Settled {
  readonly target: Float64Array;
  readonly owner: Int32Array;
}

/** Accounts that a key has room for beside a 32-bit offset. */
const accounts = 2 ** 20;
/** Large programs have a tenth of it. */
const most = 1 << 22;

const targetOf = (keys: Float64Array, index: number): number => Math.floor((keys[index] ?? 0) / accounts);

export function makeReferences(owners: Owners): References {
  const keys = growing(most);
  // A package refers to the same things over and over, mostly nearby: what was seen lately is not kept again.
  const lately = new Float64Array(1 << 16);
  const ownerOf = (sorted: Float64Array, from: number, to: number, isVariable: () => boolean): number => {
    const first = (sorted[from] ?? 0) % accounts;
    // In order of accounts: when first and last are the same, all are.
    if ((sorted[to - 1] ?? 0) % accounts === first) return first;
    if (!isVariable()) return owners.shared;
    return owners.definer([...new Set(Array.from(sorted.subarray(from, to), (key) => key % accounts))]);
  };
  return {
    add: (target, owner) => {
      const key = target * accounts + owner;
      const slot = (Math.imul(target, 0x9e3779b1) >>> 16) ^ (owner & 0xffff);
      if (owner < 0 || owner >= accounts || lately[slot] === key) return;
      lately[slot] = key;
      keys.push(key);
    },
    each: (visit) => {
      const all = keys.values();
      for (let index = 0; index < all.length; index++) visit(targetOf(all, index));
    },
    settle: (isVariable) => {
      const sorted = keys.values().sort();
      const target = new Float64Array(sorted.length);
      const owner = new Int32Array(sorted.length);
      let count = 0;
      for (let index = 0, end = 0; index < sorted.length; index = end, count++) {
        const at = targetOf(sorted, index);
        for (end = index + 1; end < sorted.length && targetOf(sorted, end) === at;) end++;
        const next = end < sorted.length ? targetOf(sorted, end) : Number.POSITIVE_INFINITY;
        target[count] = at;
        owner[count] = ownerOf(sorted, index, end, () => isVariable(at, next));
      }
      keys.clear();
      return { target: target.subarray(0, count), owner: owner.subarray(0, count) };
    },
  };
}

/**
 * References of two kinds as one: what `inlined` says of a target counts where nothing else refers to it, or where the others come to no
 * one owner. Code that was inlined may speak of what it was given.
 */
export function settledWith(own: Settled, inlined: Settled, shared: number): Settled {
  const target = new Float64Array(own.target.length + inlined.target.length);
  const owner = new Int32Array(target.length);
  let count = 0;
  for (let one = 0, other = 0; one < own.target.length || other < inlined.target.length; count++) {
    const [left, right] = [own.target[one] ?? Infinity, inlined.target[other] ?? Infinity];
    const said = right <= left ? (inlined.owner[other++] ?? shared) : shared;
    target[count] = Math.min(left, right);
    owner[count] = said;
    if (left > right) continue;
    const plain = own.owner[one++] ?? shared;
    if (plain !== shared) owner[count] = plain;
  }
  return { target: target.subarray(0, count), owner: owner.subarray(0, count) };
}
