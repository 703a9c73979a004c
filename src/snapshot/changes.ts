import type { LayerIndex, IndexEntry } from '../layer/layer-index.ts';
import { parentOf } from '../layer/safe-path.ts';
import { whiteoutPath } from '../layer/whiteout.ts';
import { stateOf } from './copied.ts';
import type { RootState } from './copied.ts';
import type { Found } from './walk.ts';
import { markAt } from './walk-index.ts';

export interface Changes {
  /** What is new or changed, with the directories above; a directory that took another one's place is opaque. */
  readonly found: readonly Found[];
  /** Whiteouts of what is gone. */
  readonly gone: LayerIndex;
}

/**
 * What a process changed in a copied root, as an overlay's upper directory would hold it.
 * @param beneath what was at a path before
 */
export function changesOf(
  all: readonly Found[],
  before: RootState,
  beneath: (path: string) => IndexEntry | undefined,
): Changes {
  const wanted = new Set<string>();
  const want = (path: string): void => {
    for (let at = path; at !== '' && !wanted.has(at); at = parentOf(at)) wanted.add(at);
  };
  const there = new Set(all.map(({ entry }) => entry.path));
  const replaced = new Set<string>();
  for (const { entry, stat } of all) {
    const old = before.get(entry.path);
    const now = stateOf(stat);
    if (old?.version !== now.version || (stat.isDirectory() && !sameXattrs(entry, beneath(entry.path))))
      want(entry.path);
    if (old !== undefined && old.identity !== now.identity) replaced.add(entry.path);
  }
  const gone: IndexEntry[] = [];
  for (const path of before.keys()) {
    const parent = parentOf(path);
    // Below what is gone itself, or is another directory or no directory now, there is nothing to be said.
    if (there.has(path) || (parent !== '' && !there.has(parent)) || isReplaced(parent, replaced)) continue;
    gone.push(markAt(whiteoutPath(path)));
    want(parent);
  }
  const found = all
    .filter(({ entry }) => wanted.has(entry.path))
    .map((item) => {
      const { path, type } = item.entry;
      const opaque = type === 'directory' && replaced.has(path) && beneath(path)?.type === 'directory';
      return opaque ? { ...item, opaque } : item;
    });
  return { found, gone };
}

function sameXattrs({ xattrs = {} }: IndexEntry, before: IndexEntry | undefined): boolean {
  const names = Object.keys(xattrs);
  const known = before?.xattrs ?? {};
  return (
    names.length === Object.keys(known).length &&
    names.every((name) => Buffer.compare(xattrs[name] ?? empty, known[name] ?? empty) === 0)
  );
}

const empty = new Uint8Array();

function isReplaced(path: string, replaced: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = parentOf(at)) if (replaced.has(at)) return true;
  return false;
}
