import type { DataReferences } from './data-references.ts';
import { lastAtMost } from './growing.ts';
import { nobody } from './owners.ts';
import type { Owners } from './owners.ts';

/** Pieces of data that something refers to, in columns: object i begins at start[i] and ends where the next begins, or before. */
export interface Objects {
  readonly start: Float64Array;
  readonly owner: Int32Array;
  /** 0: nobody is known; 1: the owner's code refers to it; 2: the owner's data does. */
  readonly how: Uint8Array;
}

export const byCode = 1;
export const byData = 2;

/** Chains of data that points to data that points to data are followed this far. */
const longestChain = 64;

interface Questions {
  /** True for what has an owner already. */
  skip(offset: number): boolean;
  /** True for what only one package can have defined: something from one offset up to another. */
  isVariable(from: number, to: number): boolean;
}

/** Makes objects of everything that code or data refers to. */
export function makeObjects(
  code: { readonly target: Float64Array; readonly owner: Int32Array },
  data: DataReferences,
  owners: Owners,
  { skip, isVariable }: Questions,
): Objects {
  const start = distinct(code.target, data.to, skip);
  const owner = new Int32Array(start.length).fill(nobody);
  const how = new Uint8Array(start.length);
  for (let index = 0, at = 0; index < code.target.length; index++) {
    while (at < start.length && (start[at] ?? 0) < (code.target[index] ?? 0)) at++;
    if (start[at] !== code.target[index]) continue;
    owner[at] = code.owner[index] ?? nobody;
    how[at] = byCode;
  }
  pass(start, owner, how, data, (at, one, other) =>
    one !== nobody &&
    other !== nobody &&
    one !== other &&
    isVariable(start[at] ?? 0, start[at + 1] ?? 0) &&
    one !== owners.shared
      ? owners.definer([one, other])
      : owners.both(one, other),
  );
  return { start, owner, how };
}

function distinct(one: Float64Array, other: Float64Array, skip: (offset: number) => boolean): Float64Array {
  const all = new Float64Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  all.sort();
  let count = 0;
  for (const offset of all) {
    if ((count > 0 && all[count - 1] === offset) || skip(offset)) continue;
    all[count++] = offset;
  }
  return all.subarray(0, count);
}

/** One owner of an object that two want. */
type Merge = (index: number, one: number, other: number) => number;

/** Owners pass along pointers, from what has one to what has none, one step at a time: the nearest owners decide. */
function pass(
  start: Float64Array,
  owner: Int32Array,
  how: Uint8Array,
  data: DataReferences,
  merge: Merge,
): void {
  const count = data.from.length;
  const source = new Int32Array(count);
  const target = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    source[index] = lastAtMost(start, data.from[index] ?? 0);
    const at = lastAtMost(start, data.to[index] ?? 0);
    target[index] = start[at] === data.to[index] ? at : -1;
  }
  const step = new Uint8Array(start.length);
  for (let round = 1; round <= longestChain; round++) {
    let changed = false;
    for (let index = 0; index < count; index++) {
      const [from, to] = [source[index] ?? -1, target[index] ?? -1];
      if (from < 0 || to < 0 || how[from] === 0 || step[from] === round) continue;
      if (how[to] !== 0 && step[to] !== round) continue;
      owner[to] = merge(to, owner[to] ?? nobody, owner[from] ?? nobody);
      how[to] = byData;
      step[to] = round;
      changed = true;
    }
    if (!changed) return;
  }
}
