/** A directory of this machine as a tree: read when asked for, each thing once, so that a build sees one state of it. */
import { promises as fs } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { parentOf } from '../layer/safe-path.ts';
import type { Tree, TreeEntry } from '../snapshot/types.ts';
import type { KeyValue } from '../store/cache.ts';
import { changed, lookAt, namesIn, toEntry } from './disk.ts';
import { loadDigests } from './digest-cache.ts';
import type { DigestCache } from './digest-cache.ts';
import { content, emptyDigest, hashFile } from './hash-file.ts';
import type { Seen } from './hash-file.ts';
import { ignoreNothing } from './ignore.ts';
import type { Ignore, Matched } from './ignore.ts';
import { pace } from './pace.ts';
import { contextKey, isSettled } from './stat-key.ts';

export interface DirectoryOptions {
  readonly ignore?: Ignore;
  /** Where digests are kept for the next build. */
  readonly cache?: KeyValue;
}

/** What the patterns say of what lies in a directory. */
interface Entered {
  readonly matched: Matched | undefined;
  /** All of it is left out. */
  readonly closed: boolean;
}

/** What was seen of a directory before its names were read. */
export interface SeenDirectory {
  readonly key: string;
  readonly settled: boolean;
  readonly entries: readonly TreeEntry[];
}

export interface DirectoryTree extends Tree {
  /** Absolute, links resolved. */
  readonly root: string;
  /** As it was given. */
  readonly given: string;
  readonly ignore: Ignore;
  /** Paths that were looked at, directories that were listed, and paths where nothing was. */
  readonly seen: ReadonlyMap<string, Seen>;
  readonly listed: ReadonlyMap<string, SeenDirectory>;
  readonly absent: ReadonlySet<string>;
  /** Keeps the digests for the next build; worth calling also when the build failed. */
  save(): Promise<void>;
}

/**
 * Opens a directory as a build context. `root` may be a link or relative to `ctx.cwd`; below it no link is followed. Nothing is read before
 * it is asked for. Files belong to root, times are `made`, hard links are kept, extended attributes are not looked at.
 * @throws ToolError NOT_FOUND when it is no directory. The tree itself throws CONTEXT_CHANGED and FILE_UNREADABLE.
 */
export async function openDirectory(
  ctx: Ctx,
  root: string,
  options: DirectoryOptions = {},
): Promise<DirectoryTree> {
  const given = path.resolve(ctx.cwd, root);
  const real = await realDirectory(given);
  const ignore = options.ignore ?? ignoreNothing;
  const pause = pace(ctx.signal);
  const seen = new Map<string, Seen>();
  const listed = new Map<string, SeenDirectory>();
  const listing = new Map<string, Promise<readonly TreeEntry[]>>();
  const absent = new Set<string>();
  const entered = new Map<string, Entered>([['', { matched: undefined, closed: false }]]);
  let digests: Promise<DigestCache | undefined> | undefined;

  const note = (at: string, stat: Stats): Seen => {
    const known = seen.get(at);
    if (known) return known;
    const made: Seen = {
      entry: toEntry(real, at, stat),
      key: contextKey(stat),
      used: false,
      settled: false,
    };
    seen.set(at, made);
    return made;
  };
  const enter = (directory: string): Entered | undefined => {
    const known = entered.get(directory);
    if (known || !isPlain(directory)) return known;
    const above = enter(parentOf(directory));
    const isDirectory =
      above && (seen.get(directory)?.entry.type === 'directory' || lookAt(real, directory)?.isDirectory());
    if (!above || !isDirectory) return undefined;
    const own = ignore.patterns.length === 0 ? undefined : new Uint8Array(ignore.patterns.length);
    const left = ignore.ignores(directory, above.matched, own);
    const made = { matched: own, closed: above.closed || (left && !ignore.mayHold(directory)) };
    entered.set(directory, made);
    return made;
  };
  /** A directory that is left out is there all the same when something below it is not. */
  const comesIn = async (at: string, parent: Matched | undefined, stat: Stats): Promise<boolean> => {
    if (!ignore.ignores(at, parent)) return true;
    if (!stat.isDirectory() || !ignore.mayHold(at)) return false;
    try {
      return (await list(at)).length > 0;
    } catch (error) {
      if (isToolError(error, 'FILE_UNREADABLE')) return false;
      throw error;
    }
  };
  const readList = async (directory: string): Promise<readonly TreeEntry[]> => {
    const parent = enter(directory);
    const stat = parent && lookAt(real, directory);
    if (!parent || parent.closed || !stat?.isDirectory()) return [];
    const key = contextKey(stat);
    const settled = isSettled(stat, Date.now());
    const entries: TreeEntry[] = [];
    const before = directory === '' ? '' : `${directory}/`;
    for (const name of namesIn(real, directory)) {
      const at = before + name;
      const left = ignore.ignores(at, parent.matched);
      if (left && !ignore.mayHold(at)) continue;
      const found = lookAt(real, at);
      // What is gone before anything was known of it was never there.
      if (found && (!left || (await comesIn(at, parent.matched, found)))) entries.push(note(at, found).entry);
      const wait = pause();
      if (wait) await wait;
    }
    listed.set(directory, { key, settled, entries });
    return entries;
  };
  const list = async (directory: string): Promise<readonly TreeEntry[]> => {
    const known = listing.get(directory) ?? readList(directory);
    listing.set(directory, known);
    return known;
  };
  const entry = async (at: string): Promise<TreeEntry | undefined> => {
    const known = seen.get(at);
    if (known) {
      known.used = true;
      return known.entry;
    }
    const plain = at === '' || isPlain(at);
    const parent = plain ? enter(parentOf(at)) : undefined;
    const stat = parent && lookAt(real, at);
    if (plain && !stat) absent.add(at);
    if (!stat || (at !== '' && !(await comesIn(at, parent.matched, stat)))) return undefined;
    const found = note(at, stat);
    found.used = true;
    return found.entry;
  };
  const fileOf = async ({ path: at }: TreeEntry): Promise<Seen> => {
    if (!seen.has(at)) await entry(at);
    const found = seen.get(at);
    if (!found) throw changed(at);
    found.used = true;
    return found;
  };
  const takeDigest = async (file: Seen): Promise<string> => {
    const { path: at } = file.entry;
    if (file.entry.type !== 'file' || file.entry.size === 0) {
      file.settled = true;
      return emptyDigest;
    }
    digests ??= options.cache ? loadDigests(options.cache, real) : Promise.resolve(undefined);
    const cache = await digests;
    const known = cache?.get(at, file.key);
    file.settled = true;
    if (known !== undefined) return known;
    await pause();
    const result = await hashFile(real, file);
    file.settled = result.settled;
    if (result.settled) cache?.set(at, file.key, result.digest);
    return result.digest;
  };
  return {
    root: real,
    given,
    ignore,
    seen,
    listed,
    absent,
    entry,
    list,
    digest: async (wanted) => {
      const file = seen.get(wanted.path) ?? (await fileOf(wanted));
      file.used = true;
      return (file.digest ??= await takeDigest(file));
    },
    open: (wanted) => {
      const find = (): Seen | Promise<Seen> => {
        const file = seen.get(wanted.path);
        if (!file) return fileOf(wanted);
        file.used = true;
        return file;
      };
      return content(real, find, pause);
    },
    save: async () => {
      const cache = await digests;
      await cache?.save((at) => listed.has(parentOf(at)) && !seen.has(at));
    },
  };
}

async function realDirectory(given: string): Promise<string> {
  try {
    const real = await fs.realpath(given);
    if ((await fs.stat(real)).isDirectory()) return real;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? ''))
      throw fileError(error, 'read', given);
  }
  throw new ToolError('NOT_FOUND', `${given} is no directory, so nothing can be built from it`, {
    hint: 'Name the directory that the Dockerfile copies from, often just a dot: coracle build .',
  });
}

/** Neither climbs nor starts anew. */
function isPlain(at: string): boolean {
  return at.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
