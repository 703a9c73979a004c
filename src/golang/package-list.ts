/** Asks `go list` which main packages a pattern means. */
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { listFlags } from './build-flags.ts';
import { runGo, settingsOf, toolchainOf } from './go-command.ts';
import type { GoCommand } from './go-command.ts';
import { goError } from './go-errors.ts';
import { programName } from './program-name.ts';
import type { MainPackage } from './packages.ts';

/** What is asked of `go list`; its own names. */
export interface ListedPackage {
  readonly ImportPath: string;
  readonly Name?: string;
  readonly Dir?: string;
  readonly Standard?: boolean;
  /** As written in the source; `ImportMap` has what they resolve to, where that is another path. */
  readonly Imports?: readonly string[];
  readonly ImportMap?: Readonly<Record<string, string>>;
  /** Names of the Go files of this build, without and with `import "C"`. */
  readonly GoFiles?: readonly string[];
  readonly CgoFiles?: readonly string[];
  readonly Error?: { readonly Err?: string; readonly Pos?: string };
  readonly Module?: {
    readonly Path: string;
    readonly Version?: string;
    readonly Main?: boolean;
    readonly Dir?: string;
    readonly GoMod?: string;
    readonly Replace?: {
      readonly Path: string;
      readonly Version?: string;
      readonly Dir?: string;
      readonly GoMod?: string;
    };
  };
  readonly EmbedPatterns?: readonly string[];
  readonly EmbedFiles?: readonly string[];
}

/** Runs `go list -e` and reads the packages it prints. @throws ToolError as `goError` says when it fails as a whole */
export async function listPackages(
  ctx: Ctx,
  go: GoCommand,
  cwd: string,
  fields: readonly (keyof ListedPackage)[],
  args: readonly string[],
): Promise<{ packages: ListedPackage[]; stderr: string }> {
  const goflags = (await settingsOf(ctx, go, await toolchainOf(go))).get('GOFLAGS');
  const chunks: string[] = [];
  const exit = await runGo(
    ctx,
    go,
    ['list', '-e', `-json=${fields.join(',')}`, ...listFlags(go, goflags), ...args],
    { cwd, onOutput: (stream, text) => stream === 'stdout' && chunks.push(text) },
  );
  if (exit.code !== 0) throw goError(args.at(-1) ?? '.', exit.stderr, cwd, 'list');
  return { packages: readConcatenated(chunks.join('')), stderr: exit.stderr };
}

/** JSON objects one after the other, as the go command prints them: each begins with a line `{` and ends with a line `}`. */
export function readConcatenated(output: string): ListedPackage[] {
  return output
    .split(/^\}$/m)
    .filter((chunk) => chunk.trim() !== '')
    .map((chunk) => JSON.parse(`${chunk}}`) as unknown)
    .filter(isListed);
}

function isListed(value: unknown): value is ListedPackage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'ImportPath' in value &&
    typeof value.ImportPath === 'string'
  );
}

/**
 * The main packages that a pattern or import path means, as seen from `cwd`.
 * @throws ToolError NO_MAIN_PACKAGE; GO_MODULE and the like when the package cannot be had
 */
export async function listMains(
  ctx: Ctx,
  go: GoCommand,
  cwd: string,
  pattern: string,
): Promise<MainPackage[]> {
  const { packages, stderr } = await listPackages(
    ctx,
    go,
    cwd,
    ['ImportPath', 'Name', 'Dir', 'Module', 'Error'],
    ['--', pattern],
  );
  const mains = packages.filter((found) => found.Name === 'main' && found.Dir !== undefined);
  if (mains.length > 0) return mains.map((found) => asMain(found, cwd));
  const failed = packages.find(
    (found) => found.Error?.Err !== undefined && !/no (?:non-test )?Go files/.test(found.Error.Err),
  );
  if (failed?.Error?.Err !== undefined) throw goError(pattern, failed.Error.Err, cwd, 'list');
  const names = packages.map((found) => found.ImportPath);
  const shown = `${names.slice(0, 6).join(', ')}${names.length > 6 ? `, … (${names.length} in all)` : ''}`;
  throw new ToolError(
    'NO_MAIN_PACKAGE',
    names.length === 0
      ? `${pattern} matches no packages`
      : `${pattern} matches no main package, only ${shown}`,
    {
      hint: 'A program needs a package main with a function main.',
      ...(stderr.trim() !== '' && { detail: stderr.trimEnd() }),
    },
  );
}

function asMain(found: ListedPackage, cwd: string): MainPackage {
  const { ImportPath: importPath, Dir: dir = cwd, Module: module } = found;
  const own = module?.Main === true;
  return {
    importPath,
    dir,
    name: programName(importPath),
    cwd: own ? dir : cwd,
    package: own ? '.' : importPath,
    ...(module && {
      module: {
        path: module.Path,
        ...(module.Version !== undefined && { version: module.Version }),
        ...(module.Dir !== undefined && { dir: module.Dir }),
        ...(module.GoMod !== undefined && { goMod: module.GoMod }),
      },
    }),
  };
}
