import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { opaquePath, whiteoutPath } from '../layer/whiteout.ts';
import { breath } from './breath.ts';
import { digestFile } from './walk.ts';
import type { Found } from './walk.ts';

/** Bytes hashed before others get a turn. */
const turn = 4 * 1024 * 1024;

/**
 * The index of what was found: files hashed, names of one file as hard links to the first of them, overlayfs's marks as whiteouts.
 * @param hides false for an opaque directory beneath which no layer has anything to hide
 */
export async function indexOf(
  found: readonly Found[],
  signal: AbortSignal,
  hides: (path: string) => boolean,
): Promise<LayerIndex> {
  const index: IndexEntry[] = [];
  const first = new Map<bigint, string>();
  let bytes = 0;
  for (const { entry, place, stat, opaque, whiteout } of found) {
    if (whiteout) {
      index.push(markAt(whiteoutPath(entry.path)));
      continue;
    }
    const original = stat.nlink > 1n && entry.type !== 'directory' ? first.get(stat.ino) : undefined;
    if (original !== undefined) {
      index.push(linkTo(original, entry));
      continue;
    }
    if (stat.nlink > 1n) first.set(stat.ino, entry.path);
    bytes += entry.size + 4096;
    if (bytes > turn) {
      bytes = 0;
      signal.throwIfAborted();
      await breath();
    }
    index.push(
      entry.type === 'file' ? { ...entry, digest: digestFile(place, entry.size, entry.path) } : entry,
    );
    if (opaque && hides(entry.path)) index.push(markAt(opaquePath(entry.path)));
  }
  return index;
}

/** A whiteout: a name that says all. */
export function markAt(path: string): IndexEntry {
  return { path, type: 'file', mode: 0, uid: 0, gid: 0, mtime: 0, size: 0, made: true };
}

function linkTo(original: string, { path, mode, uid, gid, mtime, made }: IndexEntry): IndexEntry {
  const entry = { path, type: 'hardlink', mode, uid, gid, mtime, size: 0, linkName: original } as const;
  return made ? { ...entry, made } : entry;
}
