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
    const waste = tree.waste.get(node);
    const note = tree.note.get(node);
    files.push({
      path,
      kind,
      bytes: tree.bytes[node] ?? 0,
      ...(waste === undefined ? {} : { waste }),
      ...(note === undefined ? {} : { note }),
      node,
    });
  }
  return files;
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
