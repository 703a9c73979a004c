import { roomFor } from './files/columns.ts';

/**
 * A tree of bytes to walk, in columns rather than objects, so that a million nodes stay small. Node 0 is the root, a parent comes before
 * its children, and the bytes of a node are its own plus those of all its children: so the root's are the whole, exactly.
 */
export interface ByteTree {
  readonly names: readonly string[];
  /** Parent of each node; -1 for the root. */
  readonly parent: Int32Array;
  /** Bytes, children included. */
  readonly bytes: Float64Array;
  /** Index into `nodeKinds`. */
  readonly kind: Uint8Array;
  /** What is said of a node, for people: the instruction of a layer, the version of a module, the target of a link. */
  readonly note: ReadonlyMap<number, string>;
  /** Nodes that are waste, and why. */
  readonly waste: ReadonlyMap<number, string>;
}

export const nodeKinds = [
  'image',
  'layer',
  'directory',
  'file',
  'link',
  'special file',
  'deleted',
  'archive overhead',
  'binary',
  'group',
  'module',
  'package',
  'function',
  'data',
  'section',
  'rest',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** Builds a tree. `own` bytes are those that no child has; `done` sums them up. */
export interface TreeBuilder {
  /** @param parent -1 for the root, which is added first. @returns the node's number */
  add(
    parent: number,
    name: string,
    kind: NodeKind,
    own: number,
    more?: { readonly note?: string; readonly waste?: string },
  ): number;
  done(): ByteTree;
}

export function treeBuilder(): TreeBuilder {
  const names: string[] = [];
  let parents = new Int32Array(64);
  let own = new Float64Array(64);
  let kinds = new Uint8Array(64);
  const note = new Map<number, string>();
  const waste = new Map<number, string>();
  return {
    add: (parent, name, kind, bytes, more) => {
      const node = names.length;
      if (node === 0 ? parent !== -1 : !(parent >= 0 && parent < node))
        throw new RangeError('a parent comes before its children');
      names.push(name);
      parents = roomFor(parents, names.length);
      own = roomFor(own, names.length);
      kinds = roomFor(kinds, names.length);
      parents[node] = parent;
      own[node] = bytes;
      kinds[node] = nodeKinds.indexOf(kind);
      if (more?.note !== undefined) note.set(node, more.note);
      if (more?.waste !== undefined) waste.set(node, more.waste);
      return node;
    },
    done: () => {
      const bytes = own.slice(0, names.length);
      for (let node = bytes.length - 1; node > 0; node--) {
        const parent = parents[node] ?? 0;
        bytes[parent] = (bytes[parent] ?? 0) + (bytes[node] ?? 0);
      }
      return {
        names,
        parent: parents.slice(0, names.length),
        bytes,
        kind: kinds.slice(0, names.length),
        note,
        waste,
      };
    },
  };
}
