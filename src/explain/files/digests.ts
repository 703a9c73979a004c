import type { HashOf } from './waste/duplicates.ts';

/** Where the content of a file is that a tree tells of. */
export interface ContentPlaces {
  /** Nodes of the tree that are files with a content, in order. */
  readonly nodes: Int32Array;
  readonly layers: Int32Array;
  readonly entries: Int32Array;
}

/**
 * SHA-256 of what files hold, in hex, by their node in the tree. Made when it is asked for: the files of a directory are not hashed
 * before.
 */
export function lazyDigests(
  { nodes, layers, entries }: ContentPlaces,
  hashOf: HashOf,
): ReadonlyMap<number, string> {
  const indexOf = (node: number): number => {
    let [low, high] = [0, nodes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((nodes[middle] ?? 0) < node) low = middle + 1;
      else high = middle;
    }
    return nodes[low] === node ? low : -1;
  };
  const get = (node: number): string | undefined => {
    const index = indexOf(node);
    return index === -1 ? undefined : hashOf(layers[index] ?? -1, entries[index] ?? -1)?.toString('hex');
  };
  function* list(): Generator<[number, string], undefined> {
    for (const node of nodes) {
      const digest = get(node);
      if (digest !== undefined) yield [node, digest];
    }
    return undefined;
  }
  const map: ReadonlyMap<number, string> = {
    size: nodes.length,
    get,
    has: (node) => indexOf(node) !== -1,
    entries: list,
    [Symbol.iterator]: list,
    keys: function* () {
      for (const [node] of list()) yield node;
      return undefined;
    },
    values: function* () {
      for (const [, digest] of list()) yield digest;
      return undefined;
    },
    forEach: (call) => {
      for (const [node, digest] of list()) call(digest, node, map);
    },
  };
  return map;
}
