import { nobody } from './owners.ts';

/** Which package imports which, directly or not, as far as code shows it: what calls a package's function imports that package. */
export interface Imports {
  /** Code of `from` calls code of `to`; both are accounts. */
  add(from: number, to: number): void;
  /** The one of the accounts that all the others import; `nobody` when there is none. */
  lowest(accounts: readonly number[]): number;
  /** The one of the accounts that imports all the others; `nobody` when there is none. */
  highest(accounts: readonly number[]): number;
}

/** Reachability takes a bit for each pair of packages; no program has that many. */
const mostPackages = 8192;

export function makeImports(): Imports {
  const edges = new Map<number, Set<number>>();
  let closure: ((from: number, to: number) => boolean) | undefined;
  const reaches = (from: number, to: number): boolean => (closure ??= reachability(edges))(from, to);
  return {
    add: (from, to) => {
      if (from === to) return;
      const known = edges.get(from);
      if (known) known.add(to);
      else edges.set(from, new Set([to]));
    },
    lowest: (accounts) => extreme(accounts, (one, other) => reaches(other, one)),
    highest: (accounts) => extreme(accounts, (one, other) => reaches(one, other)),
  };
}

/** The one of the accounts that is beyond all the others; `nobody` when there is none. */
function extreme(accounts: readonly number[], beyond: (one: number, other: number) => boolean): number {
  let candidate = nobody;
  // What is not beyond one that is looked at later cannot be it.
  for (const one of accounts) if (candidate === nobody || !beyond(candidate, one)) candidate = one;
  // Where both import each other, what was seen as a call is none, and nothing follows.
  const found = accounts.every(
    (one) => one === candidate || (beyond(candidate, one) && !beyond(one, candidate)),
  );
  return found ? candidate : nobody;
}

/** Bits of all that each package reaches, filled from the packages that import nothing upwards. */
function reachability(
  edges: ReadonlyMap<number, ReadonlySet<number>>,
): (from: number, to: number) => boolean {
  const number = new Map<number, number>();
  for (const [from, targets] of edges) {
    for (const account of [from, ...targets]) if (!number.has(account)) number.set(account, number.size);
  }
  const count = number.size;
  if (count > mostPackages) return () => false;
  const words = (count + 31) >> 5;
  const bits = new Uint32Array(count * words);
  for (const account of fromBelow(edges)) {
    const row = (number.get(account) ?? 0) * words;
    for (const target of edges.get(account) ?? []) {
      const at = number.get(target) ?? 0;
      bits[row + (at >> 5)] = (bits[row + (at >> 5)] ?? 0) | (1 << (at & 31));
      const other = at * words;
      for (let word = 0; word < words; word++)
        bits[row + word] = (bits[row + word] ?? 0) | (bits[other + word] ?? 0);
    }
  }
  return (from, to) => {
    const [one, other] = [number.get(from), number.get(to)];
    if (one === undefined || other === undefined) return false;
    return (((bits[one * words + (other >> 5)] ?? 0) >>> (other & 31)) & 1) === 1;
  };
}

/** Every package after all that it imports; one of a circle, which real imports never have, comes before the others. */
function fromBelow(edges: ReadonlyMap<number, ReadonlySet<number>>): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (const root of edges.keys()) {
    if (seen.has(root)) continue;
    seen.add(root);
    const path = [{ account: root, left: [...(edges.get(root) ?? [])] }];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        order.push(top.account);
        path.pop();
      } else if (!seen.has(next)) {
        seen.add(next);
        path.push({ account: next, left: [...(edges.get(next) ?? [])] });
      }
    }
  }
  return order;
}
