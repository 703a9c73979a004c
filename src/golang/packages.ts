/** Which main packages a directory or pattern means. Plain directories are read by us; for the rest the go command is asked. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { BuildContext } from './build-constraint.ts';
import { effectiveTags, flagValue } from './build-flags.ts';
import { settingsOf } from './go-command.ts';
import type { GoCommand } from './go-command.ts';
import { findModule } from './module-root.ts';
import type { ModuleRoot } from './module-root.ts';
import { listMains } from './package-list.ts';
import { programName } from './program-name.ts';
import { mainsBelow, packageName } from './package-scan.ts';

export { programName } from './program-name.ts';

export interface MainPackage {
  readonly importPath: string;
  /** Absolute. */
  readonly dir: string;
  /** The program's name: the last element of the import path that is not a major version. */
  readonly name: string;
  /** Where `go build` runs, and what it is told: `.` for a package of our own. */
  readonly cwd: string;
  readonly package: string;
  readonly module?: {
    readonly path: string;
    readonly version?: string;
    readonly dir?: string;
    readonly goMod?: string;
  };
}

/**
 * Finds the main packages that `patterns` mean, as seen from `dir` (absolute): directories, patterns with `...`, import paths.
 * @throws ToolError NO_GO_MOD, NO_MAIN_PACKAGE, NOT_FOUND; GO_MODULE and others from the go command
 */
export async function findMains(
  ctx: Ctx,
  go: GoCommand,
  dir: string,
  patterns: readonly string[],
): Promise<MainPackage[]> {
  const found: MainPackage[] = [];
  for (const pattern of patterns) found.push(...(await mainsOf(ctx, go, dir, pattern)));
  return [...new Map(found.map((main) => [`${main.cwd} ${main.importPath}`, main])).values()];
}

async function mainsOf(ctx: Ctx, go: GoCommand, dir: string, pattern: string): Promise<MainPackage[]> {
  const elements = pattern.split('/');
  const spread = elements.findIndex((element) => element.includes('...'));
  const local = /^\.{1,2}(\/|$)|^\//.test(pattern);
  if (spread >= 0) {
    if (!local) return listMains(ctx, go, dir, pattern);
    // The go command must run inside the module, which may begin below here.
    const fixed = path.resolve(dir, elements.slice(0, spread).join('/') || '/');
    await mustBeDirectory(fixed, pattern);
    await moduleOf(ctx, go, fixed);
    return listMains(ctx, go, fixed, `./${elements.slice(spread).join('/')}`);
  }
  const target = path.resolve(dir, pattern);
  if (!local && !(await isDirectory(target))) return listMains(ctx, go, dir, pattern);
  await mustBeDirectory(target, pattern);
  return [await mainIn(ctx, go, target)];
}

/** The main package in one directory. */
async function mainIn(ctx: Ctx, go: GoCommand, dir: string): Promise<MainPackage> {
  const { root, goflags } = await moduleOf(ctx, go, dir);
  const relative = path.relative(root.dir, dir).split(path.sep).join('/');
  const context = contextOf(go, goflags);
  const name = await packageName(dir, context);
  if (name !== 'main') throw await noMain(ctx, dir, name, context);
  const rewritten = ['modfile', 'overlay'].some((flag) => flagValue(flag, go.flags, goflags) !== undefined);
  const { module } = root.goMod;
  // Where the text may not tell the import path, the go command does.
  if (module === undefined || rewritten || /(^|\/)vendor(\/|$)/.test(relative)) {
    const [main] = await listMains(ctx, go, dir, '.');
    if (main) return main;
  }
  const importPath = [module ?? '', ...(relative === '' ? [] : [relative])].join('/');
  return {
    importPath,
    dir,
    name: programName(importPath),
    cwd: dir,
    package: '.',
    module: { path: module ?? '', dir: root.dir, goMod: root.goMod.file },
  };
}

function contextOf(go: GoCommand, goflags: string | undefined): BuildContext {
  return {
    architecture: go.platform.architecture,
    cgo: go.cgo,
    tags: effectiveTags(go, goflags),
    ...(typeof go.toolchain === 'function' ? {} : { goVersion: go.toolchain.version }),
  };
}

async function moduleOf(
  ctx: Ctx,
  go: GoCommand,
  dir: string,
): Promise<{ root: ModuleRoot; goflags: string | undefined }> {
  const settings = await settingsOf(ctx, go, typeof go.toolchain === 'function' ? undefined : go.toolchain);
  const goflags = settings.get('GOFLAGS');
  const root = await findModule(dir);
  if (root) return { root, goflags };
  const shown = path.relative(ctx.cwd, dir) || '.';
  const inside = (await mainsBelow(dir, contextOf(go, goflags))).slice(0, 5);
  throw new ToolError('NO_GO_MOD', `${shown} is in no Go module: there is no go.mod in it or above it`, {
    hint:
      inside.length > 0
        ? `There are programs below it: ${inside.map((name) => asPath(ctx, dir, name)).join(', ')}.`
        : 'Run go mod init example.com/me/app && go mod tidy there, or name a directory inside a module.',
  });
}

async function noMain(
  ctx: Ctx,
  dir: string,
  name: string | undefined,
  context: BuildContext,
): Promise<ToolError> {
  const shown = path.relative(ctx.cwd, dir) || '.';
  const mains = await mainsBelow(dir, context);
  const [first] = mains;
  const what =
    name === undefined
      ? `${shown} holds no Go files for linux/${context.architecture}`
      : `${shown} holds package ${name}, not main`;
  if (first === undefined) {
    return new ToolError('NO_MAIN_PACKAGE', what, {
      hint:
        name === undefined
          ? 'Name the directory of a main package. Files may also be left out by build tags (go.tags in coracle.yaml).'
          : 'A program needs a package main with a function main; name the directory that has it.',
    });
  }
  const more =
    mains.length > 1
      ? ` There are ${mains.length} below it: ${mains.slice(0, 8).join(', ')}${mains.length > 8 ? ', …' : ''}.`
      : '';
  return new ToolError('NO_MAIN_PACKAGE', what, { hint: `Try ${asPath(ctx, dir, first)}.${more}` });
}

/** As the user would type it. */
function asPath(ctx: Ctx, dir: string, below: string): string {
  const relative = path.relative(ctx.cwd, path.join(dir, below));
  return relative.startsWith('..') ? relative : `./${relative}`;
}

async function isDirectory(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined))?.isDirectory() ?? false;
}

async function mustBeDirectory(target: string, pattern: string): Promise<void> {
  if (await isDirectory(target)) return;
  throw new ToolError('NOT_FOUND', `there is no directory ${pattern}`, {
    hint: 'Name a directory with a main package, a pattern such as ./cmd/..., or module/path@version.',
  });
}
