import { nodeKinds, type ByteTree } from '../explain/tree.ts';

/** How siblings stand: largest first, by name, or as the tree has them. */
export const sorts = ['size', 'name', 'order'] as const;
export type Sort = (typeof sorts)[number];

/**
 * The way down a tree of bytes, which itself only knows the way up. One pass makes it, and children are put in order when somebody
 * looks: so a million nodes open at once.
 */
export interface TreeIndex {
  readonly tree: ByteTree;
  /** Nodes in all. */
  readonly size: number;
  /** Number of children. */
  count(node: number): number;
  children(node: number, sort: Sort): Int32Array;
}

export function treeIndex(tree: ByteTree): TreeIndex {
  const size = tree.parent.length;
  /** Where each node's children begin in `all`; one more for the end. */
  const begin = new Int32Array(size + 1);
  for (let node = 1; node < size; node++) {
    const next = (tree.parent[node] ?? 0) + 1;
    begin[next] = (begin[next] ?? 0) + 1;
  }
  for (let node = 1; node <= size; node++) begin[node] = (begin[node] ?? 0) + (begin[node - 1] ?? 0);
  const all = new Int32Array(Math.max(0, size - 1));
  const filled = begin.slice(0, size);
  for (let node = 1; node < size; node++) {
    const parent = tree.parent[node] ?? 0;
    const at = filled[parent] ?? 0;
    all[at] = node;
    filled[parent] = at + 1;
  }
  const sorted = { size: new Map<number, Int32Array>(), name: new Map<number, Int32Array>() };
  const compare = {
    size: (a: number, b: number) => (tree.bytes[b] ?? 0) - (tree.bytes[a] ?? 0) || a - b,
    name: (a: number, b: number) => order(tree.names[a] ?? '', tree.names[b] ?? '') || a - b,
  };
  return {
    tree,
    size,
    count: (node) => (begin[node + 1] ?? 0) - (begin[node] ?? 0),
    children(node, sort) {
      const own = all.subarray(begin[node], begin[node + 1]);
      if (sort === 'order' || own.length < 2) return own;
      const known = sorted[sort].get(node);
      if (known !== undefined) return known;
      const made = own.slice().sort(compare[sort]);
      sorted[sort].set(node, made);
      return made;
    },
  };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Steps down from the root. */
export function depthOf(tree: ByteTree, node: number): number {
  let depth = 0;
  for (let up = tree.parent[node] ?? -1; up >= 0; up = tree.parent[up] ?? -1) depth++;
  return depth;
}

/** Names from below the root down to the node, as a path where they are files; the root's own for the root. */
export function pathOf(tree: ByteTree, node: number): string {
  let path = tree.names[node] ?? '';
  for (let up = tree.parent[node] ?? -1; up > 0; up = tree.parent[up] ?? 0)
    path = `${tree.names[up] ?? ''}${tree.kind[up] === directory ? '/' : ' > '}${path}`;
  return path;
}

const directory = nodeKinds.indexOf('directory');
