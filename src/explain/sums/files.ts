import { nodeKinds, type ByteTree, type NodeKind } from '../tree.ts';

/** A file, link or other end of a tree of files. */
export interface FileSum {
  /** As in the tree, from its root: `/usr/bin/env`. */
  readonly path: string;
  readonly kind: NodeKind;
  readonly bytes: number;
  readonly waste?: string;
  readonly note?: string;
  readonly node: number;
}

const ends = new Set<NodeKind>(['file', 'binary', 'link', 'special file', 'deleted']);

/** All files of a tree, in its order; what a view shows inside of a file (a binary's modules) is passed over. */
export function listFiles(tree: ByteTree | undefined): FileSum[] {
  if (!tree) return [];
  const paths: (string | undefined)[] = [];
  const files: FileSum[] = [];
  for (let node = 0; node < tree.names.length; node++) {
    const kind = nodeKinds[tree.kind[node] ?? 0] ?? 'rest';
    const above = node === 0 ? '' : paths[tree.parent[node] ?? 0];
    if (above === undefined) continue;
    // The root's name is that of the whole; a path begins below it.
    const path = node === 0 ? '' : `${above}/${tree.names[node] ?? ''}`;
    paths[node] = node === 0 || kind === 'directory' ? path : undefined;
    if (!ends.has(kind) || node === 0) continue;
    files.push(sumOf(tree, node, path));
  }
  return files;
}

export interface LargestFiles {
  /** Largest first. */
  readonly files: readonly FileSum[];
  /** Of all, told or not. */
  readonly count: number;
  readonly bytes: number;
}

/** The `most` largest of a tree's files, as `listFiles` has them and in its order where they are equal, without a list of a million. */
export function largestFiles(
  tree: ByteTree | undefined,
  most: number,
  kinds: ReadonlySet<NodeKind>,
): LargestFiles {
  if (!tree) return { files: [], count: 0, bytes: 0 };
  const nodes = endsOf(tree, kinds);
  const sizes = Float64Array.from(nodes, (node) => tree.bytes[node] ?? 0);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const least = nodes.length <= most ? 0 : (sizes.sort()[nodes.length - most] ?? 0);
  const largest = [...nodes.filter((node) => (tree.bytes[node] ?? 0) >= least)]
    .sort((a, b) => (tree.bytes[b] ?? 0) - (tree.bytes[a] ?? 0) || a - b)
    .slice(0, most);
  return {
    files: largest.map((node) => sumOf(tree, node, pathOf(tree, node))),
    count: nodes.length,
    bytes,
  };
}

/** Nodes of some kinds of ends that are not inside of another end. */
function endsOf(tree: ByteTree, kinds: ReadonlySet<NodeKind>): Int32Array {
  const count = tree.parent.length;
  const open = new Uint8Array(count);
  const found = new Int32Array(count);
  let length = 0;
  for (let node = 0; node < count; node++) {
    const kind = nodeKinds[tree.kind[node] ?? 0] ?? 'rest';
    const inside = node === 0 || open[tree.parent[node] ?? 0] === 1;
    if (inside && (node === 0 || kind === 'directory')) open[node] = 1;
    if (inside && node > 0 && ends.has(kind) && kinds.has(kind)) found[length++] = node;
  }
  return found.subarray(0, length);
}

function pathOf(tree: ByteTree, node: number): string {
  const parts: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at] ?? 0) parts.push(tree.names[at] ?? '');
  return `/${parts.reverse().join('/')}`;
}

function sumOf(tree: ByteTree, node: number, path: string): FileSum {
  const waste = tree.waste.get(node);
  const note = tree.note.get(node);
  return {
    path,
    kind: nodeKinds[tree.kind[node] ?? 0] ?? 'rest',
    bytes: tree.bytes[node] ?? 0,
    ...(waste === undefined ? {} : { waste }),
    ...(note === undefined ? {} : { note }),
    node,
  };
}

/** Index of the layer that holds each file, the topmost where there are several: from the tree by layers, whose first level they are. */
export function layersOfFiles(tree: ByteTree | undefined): Map<string, number> {
  const layers = new Map<string, number>();
  if (!tree) return layers;
  const paths: string[] = [];
  const layerOf: number[] = [];
  let count = 0;
  for (let node = 1; node < tree.names.length; node++) {
    const kind = nodeKinds[tree.kind[node] ?? 0] ?? 'rest';
    const parent = tree.parent[node] ?? 0;
    if (kind === 'layer') {
      paths[node] = '';
      layerOf[node] = count++;
      continue;
    }
    const layer = layerOf[parent];
    const above = paths[parent];
    if (layer === undefined || above === undefined) continue;
    const path = `${above}/${tree.names[node] ?? ''}`;
    if (kind === 'directory') {
      paths[node] = path;
      layerOf[node] = layer;
    } else if (kind === 'deleted') layers.delete(path);
    else if (ends.has(kind)) layers.set(path, layer);
  }
  return layers;
}
