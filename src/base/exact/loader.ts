import { posix } from 'node:path';
import type { Entry } from '../../layer/entry.ts';
import type { Binary } from '../../golang/binary/read.ts';
import { missingVersion } from '../check-errors.ts';
import { findLibraries } from '../libraries.ts';
import type { FoundLibrary } from '../libraries.ts';
import { isBuiltIn, isMusl } from '../library-path.ts';
import { root } from '../parts/entry.ts';
import { resolvePath } from '../tree.ts';
import { loadedAtRunTime } from './at-run-time.ts';
import { notProvided } from './missing.ts';
import type { LibraryProvider } from './exact.ts';

/** What the loader needs of a provider's files. */
export interface Picked {
  /** Loader and libraries, each under the path of the file itself. */
  readonly files: readonly Entry[];
  /** Links on the ways to them, and where musl is told where to look. */
  readonly others: readonly Entry[];
  readonly libraries: readonly FoundLibrary[];
  readonly reasons: readonly { readonly part: string; readonly path: string; readonly why: string }[];
}

interface PickOptions {
  readonly program: string;
  readonly mtime: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws ToolError BASE_CANNOT_RUN */
export async function loaderAndLibraries(
  binary: Binary,
  provider: LibraryProvider,
  { program, mtime, env }: PickOptions,
): Promise<Picked> {
  const links = new Map<string, Entry>();
  const files = new Map<string, Entry>();
  const keep = (asked: string): string | undefined => {
    const found = resolvePath(provider.tree, asked, (link) => links.set(link.path, link));
    // A hard link's entry is that of the file behind it, which may lie elsewhere.
    if (found?.entry.type === 'file') files.set(found.path, { ...found.entry, path: found.path });
    return found?.entry.type === 'file' ? found.path : undefined;
  };
  const reasons: { part: string; path: string; why: string }[] = [];
  const { interpreter } = binary;
  if (interpreter !== undefined) {
    const path = keep(interpreter);
    if (path === undefined) throw notProvided(interpreter, program, provider.name, isMusl(interpreter));
    const part = isMusl(interpreter) ? 'musl' : 'the loader';
    reasons.push({ part, path, why: `the program asks for ${interpreter}` });
  }
  const libraries = await closure(binary, provider, program, env);
  const libc = libraries.find(({ name }) => name === 'libc.so.6');
  for (const library of libraries) {
    keep(library.asked);
    reasons.push({ part: library.name, path: library.path, why: `${library.asker} needs it` });
    const link = libc && linkToFind(binary.machine, library, posix.dirname(libc.path), mtime);
    if (link) links.set(link.path, link);
  }
  const configured = libraries.some(({ system }) => system) && muslPaths(provider, interpreter ?? '');
  return {
    files: [...files.values()],
    others: [...links.values(), ...(configured ? [configured] : [])],
    libraries,
    reasons,
  };
}

async function closure(
  binary: Binary,
  provider: LibraryProvider,
  program: string,
  env: PickOptions['env'],
): Promise<FoundLibrary[]> {
  const musl = isMusl(binary.interpreter ?? '');
  const libraryPath = env['LD_LIBRARY_PATH'];
  const search = { program, ...(libraryPath !== undefined && { libraryPath }) };
  const errors = (asked?: string) => ({
    missingLibrary: (name: string, asker: string) => notProvided(name, asked ?? asker, provider.name, musl),
    missingVersion: (gap: Parameters<typeof missingVersion>[0]) => missingVersion(gap, provider.name),
  });
  const found = await findLibraries(binary, provider.tree, search, errors());
  const late = loadedAtRunTime(binary, found);
  if (late.length === 0) return found;
  const all = await findLibraries(
    binary,
    provider.tree,
    search,
    errors('the C library'),
    late.map(({ name }) => name),
  );
  return all.map((one) => ({
    ...one,
    asker: late.find(({ name }) => name === one.name)?.asker ?? one.asker,
  }));
}

/**
 * glibc's loader knows the directories of ld.so.conf from its cache only, and there is none here: a library that was found in one of
 * them gets a link beside the C library.
 */
function linkToFind(
  machine: string,
  { asked, path, system }: FoundLibrary,
  directory: string,
  mtime: number,
): Entry | undefined {
  const place = posix.dirname(asked).replace(/^\/+/, '');
  if (!system || isBuiltIn(place, machine)) return undefined;
  const link = `${directory}/${posix.basename(asked)}`;
  return { path: link, type: 'symlink', mode: 0o777, ...root, mtime, size: 0, linkName: `/${path}` };
}

/** /etc/ld-musl-x86_64.path, where it is there: the directories in which musl looks. */
function muslPaths({ tree }: LibraryProvider, interpreter: string): Entry | undefined {
  if (!isMusl(interpreter)) return undefined;
  const path = interpreter.replace(/^.*\/ld-musl-([^.]*)\..*$/, 'etc/ld-musl-$1.path');
  const entry = resolvePath(tree, path)?.entry;
  return entry?.type === 'file' ? { ...entry, path } : undefined;
}
