import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { fileError } from '../../core/files.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import { constraintHolds, nameMatches } from '../../golang/build-constraint.ts';
import { readHeader } from '../../golang/go-header.ts';
import { hostPlatform } from '../../oci/platform.ts';

/** The source of a program. */
export interface ProgramSource {
  /** Absolute: all that a build of it reads. */
  readonly directory: string;
  /** Its main package: a directory below, absolute or relative to it. */
  readonly main: string;
}

/** A copy of a program's source that can be changed. */
export interface ProgramCopy {
  readonly directory: string;
  /**
   * Adds one line to the main package, another one each time, which changes what the program does at its start by a comparison.
   * @throws ToolError NO_MAIN_PACKAGE when there is no file to add it to
   */
  change(): Promise<void>;
}

/**
 * Copies a program's source to a temporary directory for the time of `work`: history, links and times as they are.
 * @param before the number of the last change that was made to other copies: the same change is the same source, which caches know
 * @throws ToolError FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function withCopy<R>(
  ctx: Ctx,
  { directory, main }: ProgramSource,
  work: (copy: ProgramCopy) => Promise<R>,
  before = 0,
): Promise<R> {
  return withTempDir(ctx, async (temp) => {
    // The last part of its name is kept: it may be the program's.
    const copy = path.join(temp, path.basename(directory));
    await copyTree(ctx, directory, copy);
    const mainDir = path.resolve(copy, path.relative(directory, path.resolve(directory, main)));
    let changes = before;
    return work({ directory: copy, change: async () => addLine(mainDir, ++changes) });
  });
}

async function copyTree(ctx: Ctx, from: string, to: string): Promise<void> {
  try {
    await fs.cp(from, to, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: async (source) => {
        ctx.signal.throwIfAborted();
        // Our own home may lie in a project.
        if (path.relative(source, ctx.home) === '') return false;
        const stat = await fs.lstat(source);
        return stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
      },
    });
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw fileError(error, 'read', from);
  }
}

/** No program has the name. The variable could be changed, so the compiler cannot leave the comparison out. */
function lineOf(change: number): string {
  const name = `coracleSecondRelease${change}`;
  return `var ${name} = "release ${change + 1}"; func init() { if ${name} == "" { panic("release ${change}") } }\n`;
}

async function addLine(directory: string, change: number): Promise<void> {
  const file = await mainFile(directory);
  const text = await fs.readFile(file, 'utf8');
  await fs.writeFile(file, `${text}${text.endsWith('\n') ? '' : '\n'}${lineOf(change)}`);
}

/** The file that a build for this machine takes of a main package, preferably that with its function main. */
async function mainFile(directory: string): Promise<string> {
  const context = { architecture: hostPlatform().architecture, cgo: 'dynamic', tags: [] } as const;
  let first: string | undefined;
  const names = await fs.readdir(directory).catch(() => []);
  for (const name of names.filter((each) => each.endsWith('.go') && nameMatches(each, context)).sort()) {
    const text = await fs.readFile(path.join(directory, name), 'utf8');
    const header = readHeader(text);
    if (header.package !== 'main' || !constraintHolds(header.directives, context)) continue;
    if (/^func main\(\)/m.test(text)) return path.join(directory, name);
    first ??= path.join(directory, name);
  }
  if (first !== undefined) return first;
  throw new ToolError('NO_MAIN_PACKAGE', `${directory} has no file of a main package to change`, {
    hint: 'Name the directory of the main package.',
  });
}
