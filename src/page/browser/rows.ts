import type { State } from './store.ts';
import type { Tree } from './tree.ts';

export type SortKey = 'name' | 'bytes' | 'waste';

/** What the table is sorted by. */
export interface Order {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** The nodes that the table shows: what a search found, or what fills the map. */
export function rowNodes({ tree, root, matches }: State, order: Order): number[] {
  const nodes = matches ? [...matches.nodes] : [...tree.children(root)];
  const sign = order.descending ? -1 : 1;
  const compare = comparer(tree, order.key);
  return nodes.sort((a, b) => sign * compare(a, b) || a - b);
}

function comparer(tree: Tree, key: SortKey): (a: number, b: number) => number {
  if (key === 'name') {
    const { compare } = new Intl.Collator('en', { numeric: true });
    return (a, b) => compare(tree.name(a), tree.name(b));
  }
  const column = key === 'bytes' ? tree.bytes : tree.wasted;
  return (a, b) => (column[a] ?? 0) - (column[b] ?? 0);
}

/** The row that stands for the selected node: itself, or what it lies in. */
export function rowOf({ tree, root, matches }: State, node: number): number {
  if (matches) return node;
  let one = node;
  while (one > 0 && tree.parent[one] !== root) one = tree.parent[one] ?? -1;
  return one;
}
