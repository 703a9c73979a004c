import { entryTypes } from '../../layer/entry.ts';
import { baseOf, parentOf } from '../../layer/safe-path.ts';
import { whiteoutOf } from '../../layer/whiteout.ts';
import { treeBuilder } from '../tree.ts';
import type { ByteTree, NodeKind, TreeBuilder } from '../tree.ts';
import type { ContentPlaces } from './digests.ts';
import type { Merged } from './merge.ts';
import { breathEvery, type Breathe } from './breath.ts';
import { nameReader } from './name-column.ts';
import type { FileScan } from './scan.ts';

/** What is said of a content in a tree when it is waste. */
export type WasteOf = (layer: number, entry: number) => string | undefined;

/** One layer, as the tree of layers shows it. */
export interface LayerNode {
  readonly scan: FileScan;
  readonly name: string;
  readonly note?: string;
  /** Bytes of the archive that are in no file. */
  readonly overhead: number;
}

/** All bytes of all layers: image > layer > directories > files. The root's bytes are those of the layers' tar archives. */
export function layersTree(name: string, layers: readonly LayerNode[], wasteOf: WasteOf): ByteTree {
  const tree = treeBuilder();
  const root = tree.add(-1, name, 'image', 0);
  for (const [index, layer] of layers.entries()) {
    const node = tree.add(root, layer.name, 'layer', 0, layer.note === undefined ? {} : { note: layer.note });
    addScan(tree, node, layer.scan, (entry) => wasteOf(index, entry));
    if (layer.overhead > 0)
      tree.add(node, 'archive overhead', 'archive overhead', layer.overhead, {
        note: 'headers and padding of the tar archive',
      });
  }
  return tree.done();
}

function addScan(
  tree: TreeBuilder,
  layer: number,
  scan: FileScan,
  wasteOf: (entry: number) => string | undefined,
): void {
  const pathOf = nameReader(scan.paths);
  const directories = new Map<string, number>([['', layer]]);
  let last: { path: string; node: number } = { path: '', node: layer };
  const directory = (path: string): number => {
    if (last.path === path) return last.node;
    // From the deepest that is known downwards; no recursion, as paths may have thousands of parts.
    const missing: string[] = [];
    let at = path;
    let known = directories.get(at);
    for (; known === undefined; known = directories.get(at)) {
      missing.push(at);
      at = parentOf(at);
    }
    let node = known;
    for (const next of missing.reverse()) {
      node = tree.add(node, baseOf(next), 'directory', 0);
      directories.set(next, node);
    }
    last = { path, node };
    return node;
  };
  for (let entry = 0; entry < scan.count; entry++) {
    const path = pathOf(entry);
    const type = entryTypes[scan.types[entry] ?? 0] ?? 'file';
    if (type === 'directory') {
      directory(path);
      continue;
    }
    const gone = removedBy(path);
    if (gone !== undefined) tree.add(directory(parentOf(path)), gone.name, 'deleted', 0, { note: gone.note });
    else {
      const more = { ...noteOf(scan, entry, type), ...wasteNote(wasteOf(entry)) };
      tree.add(directory(parentOf(path)), baseOf(path), kindOf(type), scan.sizes[entry] ?? 0, more);
    }
  }
}

function removedBy(path: string): { name: string; note: string } | undefined {
  if (!path.includes('.wh.')) return undefined;
  try {
    const whiteout = whiteoutOf(path);
    if (whiteout.kind === 'hides')
      return { name: baseOf(whiteout.path), note: 'removed from the layers below' };
    if (whiteout.kind === 'opaque')
      return { name: baseOf(path), note: 'hides all that the layers below have here' };
  } catch {
    // A whiteout that makes no sense is a problem of the merge, and a file here.
  }
  return undefined;
}

/** What a container sees: every content once, under its first name. The root's bytes are those of all files that can be seen. */
export async function filesTree(
  name: string,
  merged: Merged,
  wasteOf: WasteOf,
  breathe?: Breathe,
): Promise<{ readonly tree: ByteTree; readonly places: ContentPlaces }> {
  const { nodes, scans, contents } = merged;
  const tree = treeBuilder();
  const owners = ownersOf(merged);
  const held: number[] = [];
  const left: { node: number; parent: number }[] = [{ node: 0, parent: -1 }];
  let added = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, parent } = next;
    if (added % breathEvery === breathEvery - 1) await breathe?.();
    const type = nodes.type(node);
    const content = nodes.content(node);
    const owner = content < 0 ? node : (owners[content] ?? node);
    const own = content < 0 || owner !== node ? 0 : (contents.sizes[content] ?? 0);
    const scan = scans[nodes.layer(node)];
    added = tree.add(
      parent,
      node === 0 ? name : nodes.name(node),
      owner === node ? kindOf(type) : 'link',
      own,
      owner === node
        ? {
            ...(scan && noteOf(scan, nodes.entry(node), type)),
            ...wasteNote(
              content < 0
                ? undefined
                : wasteOf(contents.layers[content] ?? -1, contents.entries[content] ?? -1),
            ),
          }
        : { note: `hard link to /${nodes.path(owner)}` },
    );
    if (content >= 0 && owner === node) held.push(added, content);
    if (type === 'directory')
      for (const child of [...nodes.children(node)].reverse()) left.push({ node: child, parent: added });
  }
  const contentAt = (index: number): number => held[index * 2 + 1] ?? 0;
  const column = (value: (index: number) => number | undefined): Int32Array =>
    Int32Array.from({ length: held.length / 2 }, (_, index) => value(index) ?? -1);
  return {
    tree: tree.done(),
    places: {
      nodes: column((index) => held[index * 2]),
      layers: column((index) => contents.layers[contentAt(index)]),
      entries: column((index) => contents.entries[contentAt(index)]),
    },
  };
}

/** For each content the node that its bytes are told of: the file itself where it is still there, else the first link to it. */
function ownersOf({ nodes, contents, hardLinks }: Merged): Int32Array {
  const owners = new Int32Array(contents.count).fill(-1);
  for (let node = nodes.size - 1; node >= 0; node--) {
    const content = nodes.content(node);
    if (content < 0 || !nodes.alive(node)) continue;
    const owner = owners[content] ?? -1;
    if (owner === -1 || !hardLinks.has(node) || hardLinks.has(owner)) owners[content] = node;
  }
  return owners;
}

function kindOf(type: (typeof entryTypes)[number]): NodeKind {
  if (type === 'file' || type === 'directory') return type;
  return type === 'symlink' || type === 'hardlink' ? 'link' : 'special file';
}

function noteOf(scan: FileScan, entry: number, type: (typeof entryTypes)[number]): { note?: string } {
  const link = scan.links.get(entry);
  if (type === 'symlink' && link !== undefined) return { note: `link to ${link}` };
  if (type === 'hardlink' && link !== undefined) return { note: `hard link to /${link}` };
  const device = scan.devices.get(entry);
  return device && (type === 'char' || type === 'block')
    ? { note: `${type} device ${device.join(':')}` }
    : {};
}

function wasteNote(waste: string | undefined): { waste?: string } {
  return waste === undefined ? {} : { waste };
}
