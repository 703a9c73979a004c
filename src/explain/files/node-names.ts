import { growColumns } from './columns.ts';
import { encoded, nameBuilder } from './name-column.ts';
import type { EncodedName } from './name-column.ts';

/** The names of a tree's nodes, and which node a directory has under a name. */
export interface NodeNames {
  /** The next node's; nodes are numbered from 0. @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to */
  add(parent: number, name: string): void;
  of(node: number): string;
  /** The node that was added last with this parent and name and is not removed; -1 for none. */
  find(parent: number, name: string): number;
  remove(node: number): void;
  /** Nodes below one in the order in which they were added. */
  below(parent: number): Generator<number, undefined>;
}

/** An open table of hashes (linear probing, at most half full) and lists in columns: a map for each directory would take several times as much. */
export function nodeNames(): NodeNames {
  const names = nameBuilder();
  let count = 0;
  const columns = {
    parents: new Int32Array(64),
    hashes: new Uint32Array(64),
    gone: new Uint8Array(64),
    /** First and last child of a node and its next sibling, as number + 1. */
    first: new Int32Array(64),
    last: new Int32Array(64),
    next: new Int32Array(64),
  };
  let table = new Int32Array(128);

  const put = (node: number): void => {
    const mask = table.length - 1;
    let slot = (columns.hashes[node] ?? 0) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = node + 1;
  };
  const makeRoom = (): void => {
    if (count === columns.parents.length) growColumns(columns, count + 1);
    if ((count + 1) * 2 <= table.length) return;
    table = new Int32Array(table.length * 2);
    for (let node = 0; node < count; node++) if (columns.gone[node] === 0) put(node);
  };
  const link = (parent: number, node: number): void => {
    const before = columns.last[parent] ?? 0;
    if (before === 0) columns.first[parent] = node + 1;
    else columns.next[before - 1] = node + 1;
    columns.last[parent] = node + 1;
  };
  return {
    add: (parent, name) => {
      makeRoom();
      columns.hashes[count] = hashOf(parent, encoded(name));
      names.push(name);
      columns.parents[count] = parent;
      if (parent >= 0) link(parent, count);
      put(count++);
    },
    of: names.at,
    find: (parent, name) => {
      const wanted = encoded(name);
      const hash = hashOf(parent, wanted);
      const mask = table.length - 1;
      for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
        const node = (table[slot] ?? 0) - 1;
        const same =
          columns.hashes[node] === hash && columns.parents[node] === parent && columns.gone[node] === 0;
        if (same && names.is(node, wanted)) return node;
      }
      return -1;
    },
    remove: (node) => {
      columns.gone[node] = 1;
    },
    below: function* (parent) {
      for (let node = (columns.first[parent] ?? 0) - 1; node >= 0; node = (columns.next[node] ?? 0) - 1)
        if (columns.gone[node] === 0) yield node;
      return undefined;
    },
  };
}

/** Fowler–Noll–Vo, 32 bits. */
function hashOf(parent: number, { bytes, length }: EncodedName): number {
  let hash = Math.imul(0x811c9dc5 ^ parent, 0x01000193);
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  // Its low bits are what counts, and they know little of the parent.
  return (hash ^ (hash >>> 15)) >>> 0;
}
