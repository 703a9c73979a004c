import type { Binary } from '../golang/binary/read.ts';
import { cannotRun, missingLibrary, missingLoader, missingVersion } from './check-errors.ts';
import { findLibraries } from './libraries.ts';
import { isMusl } from './library-path.ts';
import { resolvePath } from './tree.ts';
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
  const musl = isMusl(binary.interpreter ?? '');
  await findLibraries(binary, files, options, {
    missingLibrary: (name, asker) => missingLibrary(name, asker, options.base, musl),
    missingVersion: (gap) => missingVersion(gap, options.base),
  });
}

function isFile(tree: BaseTree, path: string): boolean {
  return resolvePath(tree, path)?.entry.type === 'file';
}

function hasMusl(tree: BaseTree): boolean {
  return [...tree.keys()].some((path) => /^(?:usr\/)?lib\/ld-musl-/.test(path));
}
