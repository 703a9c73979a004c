import { createHash } from 'node:crypto';
import { compareNames } from '../layer/names.ts';
import type { LayerIndex } from '../layer/layer-index.ts';
import { parentOf } from '../layer/safe-path.ts';
import type { Bytes } from '../oci/image.ts';
import { mergeIndexes } from './merged.ts';
import type { Merged, Origin } from './merged.ts';
import type { Tree, TreeEntry } from './types.ts';

/** Opens the content of a layer's file, checked against its entry. */
export type OpenOrigin = (origin: Origin) => Bytes;

/** A stack of layers, lowest first, as one tree. */
export async function layersTree(indexes: readonly LayerIndex[], open: OpenOrigin): Promise<Tree> {
  const merged = await mergeIndexes(indexes);
  const linked = linkedOrigins(merged);
  const shown = new Map<string, TreeEntry>();
  let below: ReadonlyMap<string, string[]> | undefined;

  const show = (path: string): TreeEntry | undefined => {
    const known = shown.get(path);
    if (known) return known;
    const found = merged.get(path) ?? (path === '' ? root : undefined);
    if (!found) return undefined;
    const { origin, made, ...entry } = found;
    const same = origin && linked.has(origin) ? `${origin.layer}:${origin.position}` : undefined;
    // A tree is what a stage looks like; whose time is the build's stays known.
    const tree: TreeEntry = { ...entry, ...(made && { made }), ...(same !== undefined && { same }) };
    shown.set(path, tree);
    return tree;
  };
  const children = (directory: string): readonly string[] => {
    below ??= childrenOf(merged);
    return below.get(directory) ?? [];
  };
  const content = (entry: TreeEntry): Bytes => {
    const origin = merged.get(entry.path)?.origin;
    if (!origin) throw new TypeError(`${entry.path} has no content`);
    return open(origin);
  };
  return {
    entry: async (path) => show(path),
    list: async (directory) => children(directory).flatMap((path) => show(path) ?? []),
    open: content,
    digest: async (entry) => {
      if (entry.digest !== undefined) return entry.digest;
      const sum = createHash('sha256');
      for await (const chunk of content(entry)) sum.update(chunk);
      return sum.digest('hex');
    },
  };
}

const root: Merged = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

/** Origins that several paths have. */
function linkedOrigins(merged: ReadonlyMap<string, Merged>): ReadonlySet<Origin> {
  const once = new Set<Origin>();
  const often = new Set<Origin>();
  for (const { origin } of merged.values()) {
    if (!origin) continue;
    if (once.has(origin)) often.add(origin);
    else once.add(origin);
  }
  return often;
}

/** Paths by directory, each list in byte order. */
function childrenOf(merged: ReadonlyMap<string, Merged>): ReadonlyMap<string, string[]> {
  const below = new Map<string, string[]>();
  for (const path of merged.keys()) {
    if (path === '') continue;
    const siblings = below.get(parentOf(path));
    if (siblings) siblings.push(path);
    else below.set(parentOf(path), [path]);
  }
  for (const siblings of below.values()) siblings.sort(compareNames);
  return below;
}
