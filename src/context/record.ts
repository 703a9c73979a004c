/**
 * What a finished build looked at in a directory, as plain data: the next one knows by metadata alone that all of it would come out the
 * same.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { isToolError } from '../core/errors.ts';
import { parentOf } from '../layer/safe-path.ts';
import { changed, lookAt, namesIn, shown } from './disk.ts';
import type { DirectoryTree } from './directory.ts';
import { hashFile } from './hash-file.ts';
import type { Seen } from './hash-file.ts';
import { compileIgnore, isIgnored } from './ignore.ts';
import type { Ignore } from './ignore.ts';
import { contextKey, isSettled } from './stat-key.ts';

/** A directory that was listed: its path, its key (empty when that proves nothing), the names that count and a mark for each. */
type ListedFact = readonly [directory: string, key: string, names: string, marks: string];

/** Plain data, to be kept as JSON: some 60 bytes a file. */
export interface ContextRecord {
  readonly version: 1;
  readonly given: string;
  readonly root: string;
  /** Of .dockerignore: what it leaves out may come and go. */
  readonly patterns: readonly string[];
  readonly listed: readonly ListedFact[];
  /** Looked at by name: path and key. */
  readonly single: readonly (readonly [path: string, key: string])[];
  readonly absent: readonly string[];
}

/** Marks in place of a key for what is only known to be there: a file that was not taken, and a directory. */
const aFile = 'f';
const aDirectory = 'd';

/**
 * Everything that the build consulted in the tree. A file that was read a moment after it was written is read once more.
 * @returns undefined when something changed meanwhile, or may have: then nothing can be said about the next build
 * @throws ToolError FILE_UNREADABLE
 */
export async function recordContext(ctx: Ctx, tree: DirectoryTree): Promise<ContextRecord | undefined> {
  if (!(await settleAll(ctx, tree))) return undefined;
  const listed: ListedFact[] = [];
  for (const [directory, { key, settled, entries }] of tree.listed) {
    const from = directory === '' ? 0 : directory.length + 1;
    listed.push([
      directory,
      settled ? key : '',
      entries.map(({ path }) => path.slice(from)).join('/'),
      entries.map(({ path }) => markOf(tree.seen.get(path))).join(' '),
    ]);
  }
  const single = [...tree.seen]
    .filter(([path, { used }]) => used && (path === '' || !tree.listed.has(parentOf(path))))
    .map(([path, seen]) => [path, seen.entry.type === 'directory' ? modeMark(seen) : seen.key] as const);
  const { given, root } = tree;
  const absent = [...tree.absent];
  return { version: 1, given, root, patterns: tree.ignore.patterns, listed, single, absent };
}

function markOf(seen: Seen | undefined): string {
  if (seen?.entry.type === 'directory') return modeMark(seen);
  return seen?.entry.type === 'file' && !seen.used ? aFile : (seen?.key ?? aFile);
}

/** Of a directory only its mode reaches an image; what it holds is a matter of its list. */
function modeMark({ entry }: Seen): string {
  return `${aDirectory}${entry.mode.toString(8)}`;
}

/** Longest time to wait for the clock to leave the tick in which a file was written, in milliseconds. */
const patience = 50;

async function settleAll(ctx: Ctx, tree: DirectoryTree): Promise<boolean> {
  const fresh = [...tree.seen.values()].filter(({ digest, settled }) => digest !== undefined && !settled);
  if (fresh.length === 0) return true;
  await sleep(patience, undefined, { signal: ctx.signal });
  try {
    for (const file of fresh) {
      const { digest, settled } = await hashFile(tree.root, file);
      if (!settled || digest !== file.digest) return false;
      file.settled = true;
    }
    return true;
  } catch (error) {
    if (isToolError(error, 'CONTEXT_CHANGED')) return false;
    throw error;
  }
}

/**
 * The first thing that is not as it was, for people (`src/main.go changed`); undefined when nothing that was consulted changed. Reads no
 * file; some 4 µs for each.
 */
export function contextUnchanged(record: ContextRecord): string | undefined {
  try {
    return difference(record);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function difference({ root, given, listed, single, absent, patterns }: ContextRecord): string | undefined {
  if (realpathSync(given) !== root) return `${given} leads elsewhere`;
  let ignore: Ignore | undefined;
  const ignoring = (): Ignore => (ignore ??= compileIgnore(patterns));
  const lists = new Set(listed.map(([directory]) => directory));
  for (const [directory, key, names, marks] of listed) {
    const found = differenceIn(root, directory, { key, names, marks }, ignoring, lists);
    if (found !== undefined) return found;
  }
  for (const [path, mark] of single) {
    const found = differenceAt(root, path, mark);
    if (found !== undefined) return found;
  }
  const appeared = absent.find((path) => lookAt(root, path) && !isIgnored(ignoring(), path));
  return appeared === undefined ? undefined : `${shown(appeared)} appeared`;
}

function differenceIn(
  root: string,
  directory: string,
  fact: { readonly key: string; readonly names: string; readonly marks: string },
  ignore: () => Ignore,
  /** Directories with a list of their own: also those that are left out and were searched for exceptions. */
  lists: ReadonlySet<string>,
): string | undefined {
  const before = directory === '' ? '' : `${directory}/`;
  const names = fact.names === '' ? [] : fact.names.split('/');
  const marks = fact.marks.split(' ');
  const stat = lookAt(root, directory);
  if (!stat?.isDirectory()) return `${shown(directory)} is gone`;
  const same = contextKey(stat) === fact.key;
  if (!same) {
    const known = new Set(names);
    const added = namesIn(root, directory).find(
      (name) => !known.has(name) && !lists.has(before + name) && comesIn(root, before + name, ignore()),
    );
    if (added !== undefined) return `${shown(before + added)} is new`;
  }
  for (const [index, name] of names.entries()) {
    const mark = marks[index] ?? '';
    // In a directory that is as it was, no name stands for something else.
    if (same && mark === aFile) continue;
    const found = differenceAt(root, before + name, mark);
    if (found !== undefined) return found;
  }
  return undefined;
}

function comesIn(root: string, path: string, ignore: Ignore): boolean {
  if (!isIgnored(ignore, path)) return true;
  // Whether something below it comes in is not worth finding out here: the build itself does.
  return ignore.mayHold(path) && (lookAt(root, path)?.isDirectory() ?? false);
}

function differenceAt(root: string, path: string, mark: string): string | undefined {
  const stat = lookAt(root, path);
  if (!stat) return `${shown(path)} is gone`;
  const now =
    mark.startsWith(aDirectory) && stat.isDirectory()
      ? `${aDirectory}${(stat.mode & 0o7777).toString(8)}`
      : mark === aFile && stat.isFile()
        ? aFile
        : contextKey(stat);
  return now === mark ? undefined : changed(path).message.replace(/ while .*/, '');
}

/** Files by their absolute paths, and their keys: empty for what is not there, `?` for what cannot be known the next time. */
export type FileFacts = readonly (readonly [file: string, key: string])[];

/** Facts of files beside the context: the Dockerfile, .dockerignore, and those that would go before them. */
export function recordFiles(files: readonly string[]): FileFacts {
  const now = Date.now();
  return files.map((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return [file, stat ? (isSettled(stat, now) ? contextKey(stat) : '?') : ''];
  });
}

/** The first of the files that is not as it was, for people. */
export function filesUnchanged(facts: FileFacts): string | undefined {
  for (const [file, key] of facts) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if ((stat ? contextKey(stat) : '') === key) continue;
    if (!stat) return `${file} is gone`;
    return key === '' ? `${file} appeared` : `${file} changed`;
  }
  return undefined;
}
