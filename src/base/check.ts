import { posix } from 'node:path';
import { isToolError } from '../core/errors.ts';
import type { Binary } from '../golang/binary/read.ts';
import { readLibrary } from '../golang/binary/library.ts';
import type { Library } from '../golang/binary/library.ts';
import { bufferSource } from '../golang/binary/source.ts';
import { cannotRun, missingLibrary, missingLoader, missingVersion } from './check-errors.ts';
import { isMusl, systemDirectories } from './library-path.ts';
import { contentOf, resolvePath } from './tree.ts';
import type { BaseTree } from './tree.ts';

export interface CheckOptions {
  /** As the user named the base, for messages: `scratch`, `debian:stable-slim`. Default `the base`. */
  readonly base?: string;
  /** GOARCH of the base, when it is an image. */
  readonly architecture?: string;
  /** Absolute path of the program in the image; $ORIGIN is its directory. Default `/app/program`. */
  readonly program?: string;
  /** LD_LIBRARY_PATH, when the image sets it. */
  readonly libraryPath?: string;
}

type Options = CheckOptions & Required<Pick<CheckOptions, 'base' | 'program'>>;

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

interface Found {
  readonly path: string;
  /** Undefined when the content is not at hand; then being there must do. */
  readonly library?: Library;
}

/** Bytes up to which a library is read; larger ones are trusted by their name. */
const largestLibrary = 32 * 1024 * 1024;

/** What the loader itself stands for, so that no file of that name need be there. */
const muslBuiltIn = /^(?:libc\.musl-.*|lib(?:c|pthread|rt|m|dl|util|xnet)\.so(?:\.\d+)?)$/;

/**
 * Proves that a base can start a program: the machine, the loader, every library that is needed in turn, found where the loader looks, and
 * the symbol versions. A static program needs none of it, and then `tree` is not asked for.
 * @throws ToolError BASE_CANNOT_RUN, naming what is missing and a base that has it
 */
export async function checkRuns(
  binary: Binary,
  tree: BaseTree | (() => Promise<BaseTree>),
  given: CheckOptions = {},
): Promise<void> {
  const options = { base: 'the base', program: '/app/program', ...given };
  if (options.architecture !== undefined && options.architecture !== binary.machine) {
    throw cannotRun(`${options.base} is for ${options.architecture}, the program for ${binary.machine}`, {
      hint: 'Name a base that has this platform, or leave the platform out of --platform.',
    });
  }
  if (binary.static) return;
  const files = typeof tree === 'function' ? await tree() : tree;
  if (binary.interpreter !== undefined && !isFile(files, binary.interpreter)) {
    throw missingLoader(binary, binary.interpreter, options.base, hasMusl(files));
  }
  await checkLibraries(binary, files, options);
}

async function checkLibraries(binary: Binary, tree: BaseTree, options: Options): Promise<void> {
  const system = await systemDirectories(tree, binary);
  const environment = split(options.libraryPath ?? '');
  const loader = binary.interpreter ?? '';
  const found = new Map<string, Found>();
  const program: Asker = {
    ...binary,
    name: options.program,
    directory: posix.dirname(options.program).slice(1),
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
        ...system,
      ];
      const library = await find(tree, name, directories, binary.machine);
      if (!library) throw missingLibrary(name, asker.name, options.base, isMusl(loader));
      found.set(name, library);
      if (library.library) queue.push({ ...library.library, name, directory: posix.dirname(library.path) });
    }
    for (const { library, names } of asker.versions) {
      const defines = found.get(library)?.library?.defines;
      const missing = defines && names.find((name) => !defines.includes(name));
      if (missing !== undefined)
        throw missingVersion({ asker: asker.name, library, missing, defines: defines ?? [] }, options.base);
    }
  }
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
): Promise<Found | undefined> {
  const candidates = name.includes('/') ? [name] : directories.map((directory) => `${directory}/${name}`);
  for (const candidate of candidates) {
    const file = resolvePath(tree, candidate);
    if (file?.entry.type !== 'file') continue;
    const bytes = await contentOf(file.entry, largestLibrary);
    if (!bytes) return { path: file.path };
    const library = await readIfSound(candidate, bytes);
    // The loader passes over libraries of another machine, too.
    if (library?.machine === machine) return { path: file.path, library };
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

function isFile(tree: BaseTree, path: string): boolean {
  return resolvePath(tree, path)?.entry.type === 'file';
}

function hasMusl(tree: BaseTree): boolean {
  return [...tree.keys()].some((path) => /^(?:usr\/)?lib\/ld-musl-/.test(path));
}

function split(list: string): string[] {
  return list.split(':').filter((part) => part !== '');
}
