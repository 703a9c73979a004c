/**
 * The facts by which a later run knows, without starting Go, that a program would come out the same: metadata of all files and
 * directories that the go command looked at, and of those that must not appear. The module cache and the toolchain's own
 * packages count as immutable. Environment variables are the caller's business.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { statKey } from '../core/files.ts';
import type { Ctx } from '../core/ctx.ts';
import { readVcs } from './vcs.ts';
import type { VcsState } from './vcs.ts';

/**
 * A file by its name in its directory, and its key. `header`: undefined for a file whose every change asks for a new list of
 * packages (go.mod); empty for one whose content does not matter for that (an embedded file); else the hash of the part of a Go
 * file that does.
 */
export type FileFact = readonly [name: string, key: string, header?: string];

/**
 * A directory, its key, and a hash of those of its names that count. `filter` says which: `source` for what can be part of a
 * package, `embed` for what embedding a directory takes (`all` with the dotted ones), `glob:PATTERN` for what a pattern matches,
 * `below` for what can be part of a package or hold one.
 */
export type DirectoryFact = readonly [directory: string, key: string, filter: string, names: string];

/** Plain data, to be kept as JSON. All paths are absolute. */
export interface Inputs {
  readonly version: 1;
  readonly files: readonly (readonly [directory: string, files: readonly FileFact[]])[];
  readonly directories: readonly DirectoryFact[];
  /** What was not there, and would count if it were. */
  readonly absent: readonly string[];
  /** The directory whose repository was asked, and what it said. */
  readonly vcs?: { readonly dir: string; readonly key: string };
}

/** How a repository's state is come by: whoever needs it twice asks git once. */
export type ReadVcs = (dir: string) => Promise<VcsState>;

/**
 * True when nothing changed since `inputs` were collected; else the first difference found, for people:
 * `internal/handler/x.go changed`.
 */
export async function inputsUnchanged(
  ctx: Ctx,
  inputs: Inputs,
  read: ReadVcs = async (dir) => readVcs(ctx, dir),
): Promise<true | string> {
  // Git works in processes of its own while we look at the files.
  if (inputs.vcs) read(inputs.vcs.dir).catch(() => undefined);
  return changedFile(ctx, inputs) ?? (await changedRepository(ctx, inputs, read)) ?? true;
}

/** The first file or directory that is not as it was. Some 5 µs a file: synchronous calls, as asynchronous ones cost three times that. */
export function changedFile(ctx: Ctx, inputs: Inputs): string | undefined {
  return fileDifference(inputs, (file) => shown(ctx, file));
}

/** Says so when the repository is not as it was. */
export async function changedRepository(
  ctx: Ctx,
  { vcs }: Inputs,
  read: ReadVcs,
): Promise<string | undefined> {
  if (!vcs || vcsKey(await read(vcs.dir)) === vcs.key) return undefined;
  return `the git state of ${shown(ctx, vcs.dir)} changed`;
}

function shown({ cwd }: Ctx, file: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('../../..') ? file : relative || '.';
}

function fileDifference(inputs: Inputs, show: (file: string) => string): string | undefined {
  for (const file of inputs.absent) {
    if (lstatSync(file, { throwIfNoEntry: false })) return `${show(file)} appeared`;
  }
  for (const [directory, files] of inputs.files) {
    for (const [name, key] of files) {
      const now = fileKey(`${directory}/${name}`);
      if (now === undefined) return `${show(`${directory}/${name}`)} is gone`;
      if (now.key !== key) return `${show(`${directory}/${name}`)} changed`;
    }
  }
  for (const fact of inputs.directories) {
    const [directory, key, filter, names] = fact;
    const now = directoryKey(directory);
    if (now === undefined) return `${show(directory)} is gone`;
    if (now.key === key) continue;
    // An editor's swap file or a test's output comes and goes: only names that count do.
    const found = namesThatCount(directory, filter);
    if (hashNames(found) !== names) return newName(inputs, directory, filter, found, show);
  }
  return undefined;
}

function newName(
  inputs: Inputs,
  directory: string,
  filter: string,
  found: readonly string[],
  show: (file: string) => string,
): string {
  const known = new Set(inputs.files.find(([name]) => name === directory)?.[1].map(([name]) => name));
  const added = filter === 'source' ? found.find((name) => !known.has(name)) : undefined;
  return added === undefined
    ? `the files in ${show(directory)} changed`
    : `${show(path.join(directory, added))} is new`;
}

/** Metadata as a key, and when the inode last changed (nanoseconds since the epoch). */
export interface Key {
  readonly key: string;
  readonly changed: bigint;
}

/** Of a file: of the link and what it leads to when it is one. Undefined when there is none. */
export function fileKey(file: string): Key | undefined {
  const own = stated(() => lstatSync(file, { bigint: true, throwIfNoEntry: false }));
  if (!own) return undefined;
  if (!own.isSymbolicLink()) return { key: statKey(own), changed: own.ctimeNs };
  const target = stated(() => statSync(file, { bigint: true, throwIfNoEntry: false }));
  if (!target) return { key: `${statKey(own)}>`, changed: own.ctimeNs };
  return {
    key: `${statKey(own)}>${statKey(target)}`,
    changed: target.ctimeNs > own.ctimeNs ? target.ctimeNs : own.ctimeNs,
  };
}

/** Of a directory, or of the one that a link leads to. */
export function directoryKey(directory: string): Key | undefined {
  const stat = stated(() => statSync(directory, { bigint: true, throwIfNoEntry: false }));
  return stat && { key: statKey(stat), changed: stat.ctimeNs };
}

/** What cannot be reached any more (a loop of links, a closed directory) is as good as gone. */
function stated(ask: () => BigIntStats | undefined): BigIntStats | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** Endings of the files that the go command takes into a package (go help packages, go/build). */
const sourceName =
  /\.(?:go|c|cc|cpp|cxx|m|h|hh|hpp|hxx|f|F|for|f90|s|S|sx|swig|swigcxx|syso)$|^go\.mod$|^default\.pgo$/;

/** The names in a directory that count under a filter, sorted. */
export function namesThatCount(directory: string, filter: string): string[] {
  if (filter === 'below') return [...namesThatCount(directory, 'source'), ...subdirectories(directory)];
  const names = readNames(directory).sort();
  if (filter === 'all') return names;
  if (filter === 'embed') return names.filter((name) => !/^[._]/.test(name));
  if (filter === 'source') {
    return names.filter((name) => sourceName.test(name) && !/^[._]/.test(name) && !name.endsWith('_test.go'));
  }
  const matches = globMatcher(filter.slice('glob:'.length));
  return names.filter(matches);
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Those that `...` looks into (go help packages). */
function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^[._]|^(testdata|vendor)$/.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

export function hashNames(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\0')).digest('base64url').slice(0, 22);
}

/** One element of a pattern as Go's path.Match reads it: `*`, `?`, `[a-z]`, `[^a-z]`, `\` before a character. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const source = pattern.replace(
    /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([*?])|([\s\S])/gu,
    (_, escaped?: string, not?: string, set?: string, wild?: string, plain?: string) => {
      if (escaped !== undefined) return quote(escaped);
      if (wild !== undefined) return wild === '*' ? '[^/]*' : '[^/]';
      if (set === undefined) return quote(plain ?? '');
      return `[${not ?? ''}${set.replace(/\\(.)/gu, '$1').replace(/[\]\\[^&~|]/g, String.raw`\$&`)}]`;
    },
  );
  const regex = new RegExp(`^${source}$`, 'u');
  return (name) => regex.test(name);
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** All that Go stamps and templates read of a repository. */
export function vcsKey({ vcs, problem }: VcsState): string {
  if (!vcs) return problem ? `problem: ${problem.reason}` : 'none';
  const { revision, dirty, shallow, tagsKey, branch = '', tag = '', remote = '' } = vcs;
  return JSON.stringify([revision, dirty, shallow, tagsKey, branch, tag, remote]);
}
