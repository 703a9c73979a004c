import { nodeKinds } from '../tree.ts';
import type { ByteTree } from '../tree.ts';
import { ledgerByModule } from './ledger-trees.ts';
import type { BinaryExplanation, FilesExplanation } from '../types.ts';

/** The trees of an image or a directory as people walk them: each program can be opened, down to its functions. */
export function openedTrees({ trees, binaries }: FilesExplanation): FilesExplanation['trees'] {
  const { layers, files } = trees;
  return {
    ...trees,
    ...(layers && {
      layers: withPrograms(
        layers,
        (binary) => {
          const layer = binary.layer === undefined ? -1 : layerNode(layers, binary.layer);
          return layer < 0 ? -1 : nodeAt(layers, layer, binary.source);
        },
        binaries,
      ),
    }),
    ...(files && { files: withPrograms(files, ({ source }) => nodeAt(files, 0, source), binaries) }),
  };
}

/** The same tree, below each program's file what `ledgerByModule` says of it. All nodes keep their numbers, and all sums stay. */
function withPrograms(
  tree: ByteTree,
  placeOf: (binary: BinaryExplanation) => number,
  binaries: readonly BinaryExplanation[],
): ByteTree {
  const programs = binaries.flatMap((binary) => {
    const node = placeOf(binary);
    return node > 0 && tree.bytes[node] === binary.ledger.size
      ? [{ node, inside: ledgerByModule(binary) }]
      : [];
  });
  if (programs.length === 0) return tree;
  const added = programs.reduce((sum, { inside }) => sum + inside.names.length - 1, 0);
  const size = tree.names.length + added;
  const names = [...tree.names];
  const note = new Map(tree.note);
  const parent = grown(tree.parent, new Int32Array(size));
  const bytes = grown(tree.bytes, new Float64Array(size));
  const kind = grown(tree.kind, new Uint8Array(size));
  for (const { node, inside } of programs) {
    // The program's root is the file itself, which is there.
    const shift = names.length - 1;
    kind[node] = nodeKinds.indexOf('binary');
    const version = inside.note.get(0);
    if (version !== undefined && !note.has(node)) note.set(node, version);
    for (let from = 1; from < inside.names.length; from++) {
      const above = inside.parent[from] ?? 0;
      parent[shift + from] = above === 0 ? node : shift + above;
      bytes[shift + from] = inside.bytes[from] ?? 0;
      kind[shift + from] = inside.kind[from] ?? 0;
      names.push(inside.names[from] ?? '');
    }
    for (const [from, words] of inside.note) if (from > 0) note.set(shift + from, words);
  }
  return { names, parent, bytes, kind, note, waste: tree.waste };
}

/** The node at a path below `from`; -1 when there is none. */
function nodeAt(tree: ByteTree, from: number, path: string): number {
  let node = from;
  for (const part of path.split('/').filter((each) => each !== '')) {
    node = childNamed(tree, node, part);
    if (node < 0) return -1;
  }
  return node;
}

/** The layer's node in a tree of layers. */
function layerNode(tree: ByteTree, layer: number): number {
  const wanted = nodeKinds.indexOf('layer');
  let seen = 0;
  for (let node = 1; node < tree.parent.length; node++) {
    if (tree.kind[node] === wanted && tree.parent[node] === 0 && seen++ === layer) return node;
  }
  return -1;
}

function childNamed(tree: ByteTree, parent: number, name: string): number {
  for (let node = parent + 1; node < tree.parent.length; node++) {
    if (tree.parent[node] === parent && tree.names[node] === name) return node;
  }
  return -1;
}

function grown<A extends Int32Array | Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
