/**
 * The Merkle tree of RFC 6962: hashes, and the proofs that a record is in a tree and that one tree continues another.
 * Proofs are made from hashes that nobody vouches for and then checked against signed roots, by different ways of reckoning.
 * Sizes are plain numbers below 2^53, so no bit operators: those stop at 2^32.
 */
import { createHash } from 'node:crypto';

export type Hash = Buffer;

/** A tree by its number of records and its root. */
export interface Tree {
  readonly size: number;
  readonly root: Hash;
}

/** Gives the hash of the complete subtree over records [index * 2^level, (index + 1) * 2^level). */
export type HashReader = (level: number, index: number) => Promise<Hash>;

export function recordHash(record: Uint8Array | string): Hash {
  return createHash('sha256').update(Uint8Array.of(0)).update(record).digest();
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** The largest power of two below `n` (n > 1). */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The hash over records [low, high), in RFC 6962's shape: the left part is the largest complete subtree that is not all of it. */
export async function rangeHash(read: HashReader, low: number, high: number): Promise<Hash> {
  const n = high - low;
  const level = Math.log2(n);
  if (Number.isInteger(level) && low % n === 0) return read(level, low / n);
  const middle = low + split(n);
  const [left, right] = await Promise.all([rangeHash(read, low, middle), rangeHash(read, middle, high)]);
  return nodeHash(left, right);
}

/** RFC 6962 2.1.1: the siblings on the way from record `index` up to the root of the tree of `size` records. */
export async function inclusionProof(read: HashReader, index: number, size: number): Promise<Hash[]> {
  const wanted: Promise<Hash>[] = [];
  let low = 0;
  let high = size;
  while (high - low > 1) {
    const middle = low + split(high - low);
    if (index < middle) {
      wanted.unshift(rangeHash(read, middle, high));
      high = middle;
    } else {
      wanted.unshift(rangeHash(read, low, middle));
      low = middle;
    }
  }
  return Promise.all(wanted);
}

/** RFC 6962 2.1.2: what proves that the tree of `size` records begins with the one of `old` records (0 < old < size). */
export async function consistencyProof(read: HashReader, old: number, size: number): Promise<Hash[]> {
  const wanted: Promise<Hash>[] = [];
  let low = 0;
  let high = size;
  while (old !== high) {
    const middle = low + split(high - low);
    if (old <= middle) {
      wanted.unshift(rangeHash(read, middle, high));
      high = middle;
    } else {
      wanted.unshift(rangeHash(read, low, middle));
      low = middle;
    }
  }
  if (low > 0) wanted.unshift(rangeHash(read, low, high));
  return Promise.all(wanted);
}

/** RFC 9162 2.1.3.2. */
export function includes(tree: Tree, index: number, leaf: Hash, proof: readonly Hash[]): boolean {
  if (!(index >= 0 && index < tree.size)) return false;
  let at = index;
  let last = tree.size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = nodeHash(hash, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && hash.equals(tree.root);
}

/** RFC 9162 2.1.4.2: true when `proof` shows that `tree` begins with all of `old`. */
export function continues(old: Tree, tree: Tree, proof: readonly Hash[]): boolean {
  if (old.size === tree.size) return proof.length === 0 && old.root.equals(tree.root);
  if (!(old.size > 0 && old.size < tree.size)) return false;
  const path = Number.isInteger(Math.log2(old.size)) ? [old.root, ...proof] : [...proof];
  let at = old.size - 1;
  let last = tree.size - 1;
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  const first = path.shift();
  if (!first) return false;
  let [before, after] = [first, first];
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else after = nodeHash(after, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && before.equals(old.root) && after.equals(tree.root);
}

function half(n: number): number {
  return Math.floor(n / 2);
}
