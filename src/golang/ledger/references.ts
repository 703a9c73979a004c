import { growing } from './growing.ts';
import { nobody } from './owners.ts';
import type { Owners } from './owners.ts';

/** Who refers to which byte of data, in columns: a program has a million such references. */
export interface References {
  /** @param target offset in the file */
  add(target: number, owner: number): void;
  /** The distinct targets, ascending, and of each the owner that all who refer to it come to. */
  settle(): { readonly target: Float64Array; readonly owner: Int32Array };
}

/** Accounts that a key has room for beside a 32-bit offset. */
const accounts = 2 ** 20;
const most = 1 << 24;

export function makeReferences(owners: Owners): References {
  const keys = growing(most);
  // A package refers to the same things over and over, mostly nearby: what was seen lately is not kept again.
  const lately = new Float64Array(1 << 16);
  return {
    add: (target, owner) => {
      const key = target * accounts + owner;
      const slot = (Math.imul(target, 0x9e3779b1) >>> 16) ^ (owner & 0xffff);
      if (owner < 0 || owner >= accounts || lately[slot] === key) return;
      lately[slot] = key;
      keys.push(key);
    },
    settle: () => {
      const sorted = keys.values().sort();
      const target = new Float64Array(sorted.length);
      const owner = new Int32Array(sorted.length).fill(nobody);
      let count = 0;
      for (const key of sorted) {
        const at = Math.floor(key / accounts);
        if (count === 0 || target[count - 1] !== at) target[count++] = at;
        owner[count - 1] = owners.both(owner[count - 1] ?? nobody, key - at * accounts);
      }
      return { target: target.subarray(0, count), owner: owner.subarray(0, count) };
    },
  };
}
