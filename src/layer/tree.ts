import { ToolError } from '../core/errors.ts';
import type { Entry } from './entry.ts';
import { compareNames } from './names.ts';
import { baseOf, parentOf } from './safe-path.ts';

/** Links followed for one path, as in Linux. */
const mostLinks = 40;
/** Entries of one tree: what the largest real images have, several times over. A tree is kept in memory. */
const mostEntries = 4_000_000;

/** A tree that is changed: beside the map of entries it knows each directory's children, so that removing is no search. */
export interface TreeEditor {
  /** Where `path` really is: symbolic links in the directories before its last part are followed, never out of the root. */
  locate(path: string): string;
  /** Puts an entry at a located path, with the directories above it. What was there goes, but a directory keeps its children. */
  put(path: string, entry: Entry): void;
  /** Removes what is at and below a located path, but for the paths in `keep`, which holds each path's ancestors too. */
  remove(path: string, keep: ReadonlySet<string>): void;
  children(path: string): readonly string[];
}

export function editTree(tree: Map<string, Entry>): TreeEditor {
  const below = new Map<string, Set<string>>();
  const adopt = (path: string): void => {
    if (path === '') return;
    const parent = parentOf(path);
    const siblings = below.get(parent);
    if (siblings) siblings.add(path);
    else below.set(parent, new Set([path]));
  };
  const set = (path: string, entry: Entry): void => {
    if (tree.size >= mostEntries && !tree.has(path)) throw tooMany();
    tree.set(path, entry.path === path ? entry : { ...entry, path });
    adopt(path);
  };
  const none: ReadonlySet<string> = new Set();
  const remove = (path: string, keep: ReadonlySet<string>): void => {
    const left = [path];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      left.push(...(below.get(next) ?? []));
      if (keep.has(next)) continue;
      tree.delete(next);
      below.delete(next);
      below.get(parentOf(next))?.delete(next);
    }
  };
  const put = (path: string, entry: Entry): void => {
    makeParents(path);
    if (entry.type !== 'directory' && tree.get(path)?.type === 'directory') remove(path, none);
    set(path, entry);
  };
  /** Every entry lies in directories; those that no layer describes are as `mkdir -p` makes them. */
  const makeParents = (path: string): void => {
    for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
      if (tree.get(parent)?.type === 'directory') return;
      set(parent, { path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 });
    }
  };
  for (const path of tree.keys()) adopt(path);
  return {
    put,
    remove,
    locate: (path) => locate(tree, path),
    children: (path) => [...(below.get(path) ?? [])],
  };
}

function locate(tree: ReadonlyMap<string, Entry>, path: string): string {
  const parent = parentOf(path);
  // A directory in the tree has only directories above it: nothing to follow.
  if (parent === '' || tree.get(parent)?.type === 'directory') return path;
  let links = mostLinks;
  let done: string[] = [];
  const rest = parent.split('/').reverse();
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop(); // above the root is the root
      continue;
    }
    const entry = tree.get([...done, part].join('/'));
    if (entry?.type !== 'symlink' || entry.linkName === undefined) {
      done.push(part);
      continue;
    }
    if (links-- === 0) throw loop(path);
    if (entry.linkName.startsWith('/')) done = [];
    rest.push(...entry.linkName.split('/').reverse());
    if (rest.length > 4096) throw loop(path);
  }
  return [...done, baseOf(path)].join('/');
}

/**
 * The entries of a tree in the order of their names, directories before what they hold. Files that share their content, as hard
 * links do once applied, become a file and hard links to it again.
 */
export function* treeEntries(tree: ReadonlyMap<string, Entry>): Generator<Entry> {
  const first = new Map<NonNullable<Entry['content']>, string>();
  for (const path of [...tree.keys()].sort(compareNames)) {
    const entry = tree.get(path);
    if (!entry) continue;
    const original = entry.content && first.get(entry.content);
    if (original !== undefined) {
      yield hardLink(entry, original);
      continue;
    }
    if (entry.content) first.set(entry.content, path);
    yield entry;
  }
}

/** `entry` as a hard link to `target`. */
export function hardLink({ path, mode, uid, gid, mtime }: Entry, target: string): Entry {
  return { path, type: 'hardlink', mode, uid, gid, mtime, size: 0, linkName: target };
}

function loop(path: string): ToolError {
  return new ToolError(
    'ARCHIVE_UNSAFE',
    `the entry ${JSON.stringify(path)} lies behind symbolic links that lead in a circle`,
    {
      hint: 'The image is broken or was tampered with; take it from its publisher again.',
    },
  );
}

function tooMany(): ToolError {
  return new ToolError('ARCHIVE_TOO_LARGE', `the image has more than ${mostEntries} files`, {
    hint: 'It may be made to fill memory. If you trust it, unpack it with another tool and look.',
  });
}
