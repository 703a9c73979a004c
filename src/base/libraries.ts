import { posix } from 'node:path';
import { isToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { Binary } from '../golang/binary/read.ts';
import { readLibrary } from '../golang/binary/library.ts';
import type { Library } from '../golang/binary/library.ts';
import { bufferSource } from '../golang/binary/source.ts';
import type { VersionGap } from './check-errors.ts';
import { isMusl, systemDirectories } from './library-path.ts';
import { contentOf, resolvePath } from './tree.ts';
import type { BaseTree } from './tree.ts';

/** What the loader finds for a program, library by library, as it would: ld.so(8), and musl's ldso. */

export interface LibrarySearch {
  /** Absolute path of the program in the image; $ORIGIN is its directory. */
  readonly program: string;
  /** LD_LIBRARY_PATH. */
  readonly libraryPath?: string;
}

/** What is thrown when the search ends. */
export interface SearchErrors {
  missingLibrary(name: string, asker: string): Error;
  missingVersion(gap: VersionGap): Error;
}

export interface FoundLibrary {
  /** As it is asked for: `libc.so.6`. */
  readonly name: string;
  /** Who asked for it first: the program's path, or a library's name. */
  readonly asker: string;
  /** True when it is in one of the system's directories, not in one that the asker or the environment names. */
  readonly system: boolean;
  /** Where the loader looked, links not followed. */
  readonly asked: string;
  /** The file behind it, as in Entry. */
  readonly path: string;
  readonly entry: Entry;
  /** Undefined when the content is not at hand; then being there must do. */
  readonly library?: Library;
}

/** What asks for libraries: the program, or a library in turn. */
interface Asker {
  readonly name: string;
  /** Its directory in the image, without a leading slash. */
  readonly directory: string;
  readonly needed: readonly string[];
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  readonly versions: Library['versions'];
}

/** Bytes up to which a library is read; larger ones are trusted by their name. */
const largestLibrary = 32 * 1024 * 1024;

/** What the loader itself stands for, so that no file of that name need be there. */
const muslBuiltIn = /^(?:libc\.musl-.*|lib(?:c|pthread|rt|m|dl|util|xnet)\.so(?:\.\d+)?)$/;

/**
 * Every library that the program needs, and that those need in turn, each once, in the order in which they are found; also of those
 * the symbol versions that are asked for. The loader itself is not among them. A program of musl's finds its C library in the loader.
 * @param more names that are needed besides, as if the program asked for them
 * @throws what `errors` makes
 */
export async function findLibraries(
  binary: Binary,
  tree: BaseTree,
  search: LibrarySearch,
  errors: SearchErrors,
  more: readonly string[] = [],
): Promise<FoundLibrary[]> {
  const system = await systemDirectories(tree, binary);
  const environment = split(search.libraryPath ?? '');
  const loader = binary.interpreter ?? '';
  const found = new Map<string, FoundLibrary>();
  const program: Asker = {
    ...binary,
    needed: [...binary.needed, ...more],
    name: search.program,
    directory: posix.dirname(search.program).slice(1),
  };
  const queue: Asker[] = [program];
  for (let asker = queue.shift(); asker; asker = queue.shift()) {
    for (const name of asker.needed) {
      if (found.has(name) || name === posix.basename(loader) || (isMusl(loader) && muslBuiltIn.test(name)))
        continue;
      const directories = [
        ...ownDirectories(asker, program),
        ...environment,
        ...asker.runpath.map(origin(asker)),
      ];
      const own = await find(tree, name, directories, binary.machine);
      const library = own ?? (await find(tree, name, system, binary.machine));
      if (!library) throw errors.missingLibrary(name, asker.name);
      found.set(name, { ...library, asker: asker.name, system: own === undefined });
      if (library.library) queue.push({ ...library.library, name, directory: posix.dirname(library.path) });
    }
    for (const { library, names } of asker.versions) {
      const defines = found.get(library)?.library?.defines;
      const missing = defines && names.find((name) => !defines.includes(name));
      if (missing !== undefined)
        throw errors.missingVersion({ asker: asker.name, library, missing, defines: defines ?? [] });
    }
  }
  return [...found.values()];
}

/** RPATH of the asker and of the program, which counts only where there is no RUNPATH. */
function ownDirectories(asker: Asker, program: Asker): string[] {
  if (asker.runpath.length > 0) return [];
  const inherited = program.runpath.length === 0 ? program.rpath.map(origin(program)) : [];
  return [...asker.rpath.map(origin(asker)), ...inherited];
}

function origin(asker: Asker): (directory: string) => string {
  return (directory) => directory.replaceAll(/\$ORIGIN\b|\$\{ORIGIN\}/g, `/${asker.directory}`);
}

async function find(
  tree: BaseTree,
  name: string,
  directories: readonly string[],
  machine: string,
): Promise<Omit<FoundLibrary, 'asker' | 'system'> | undefined> {
  const candidates = name.includes('/') ? [name] : directories.map((directory) => `${directory}/${name}`);
  for (const asked of candidates) {
    const file = resolvePath(tree, asked);
    if (file?.entry.type !== 'file') continue;
    const bytes = await contentOf(file.entry, largestLibrary);
    if (!bytes) return { name, asked, ...file };
    const library = await readIfSound(asked, bytes);
    // The loader passes over libraries of another machine, too.
    if (library?.machine === machine) return { name, asked, ...file, library };
  }
  return undefined;
}

async function readIfSound(name: string, bytes: Buffer): Promise<Library | undefined> {
  try {
    return await readLibrary(bufferSource(name, bytes));
  } catch (error) {
    if (isToolError(error, 'BINARY_UNREADABLE')) return undefined;
    throw error;
  }
}

function split(list: string): string[] {
  return list.split(':').filter((part) => part !== '');
}
