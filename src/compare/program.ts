/** The program that is compared: where its source is, what it is built of, and all that decides how. */
import path from 'node:path';
import { locate } from '../build/locate.ts';
import { planLock } from '../build/lock.ts';
import { goCommand } from '../build/prepare-local.ts';
import { sourceDateEpoch } from '../build/source-date.ts';
import { readTarget } from '../build/target.ts';
import type { BuildRequest, GoSettings } from '../build/types.ts';
import { readLock } from '../config/lock.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { CgoMode } from '../golang/build-flags.ts';
import { findProject } from '../golang/project.ts';
import type { Project } from '../golang/project.ts';
import { findMains } from '../golang/packages.ts';
import { expandTemplate, needsDescribe } from '../golang/template.ts';
import type { Toolchain } from '../golang/toolchain.ts';
import { readVcs } from '../golang/vcs.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { findCgo } from './cgo.ts';
import type { CompareRequest } from './request.ts';

export interface ComparedProgram {
  /** The executable's name: the last element of its import path. */
  readonly name: string;
  /** Absolute: the directory that holds all of the project that a build reads: module, workspace, or what holds its replacements too. */
  readonly context: string;
  /** Where the go command runs, relative to it: `.`, `services/api`. */
  readonly home: string;
  /** The main packages, as said to the go command there: the one that is started first, then those that lie beside it in the image. */
  readonly packages: readonly { readonly name: string; readonly path: string; readonly dir: string }[];
  readonly go: GoSettings;
  readonly request: BuildRequest;
  readonly platform: Platform;
  readonly toolchain: Toolchain;
  /** It compiles C of its own or of its modules, and how it should then be linked. */
  readonly cgo: false | Exclude<CgoMode, 'off'>;
  /** It looks up names, users or groups, which the C library does for it when it is built with cgo. */
  readonly resolves: boolean;
  /** What was decided here and should be known. */
  readonly notes: readonly string[];
}

/**
 * Finds what WHAT means. Writes nothing into the project: its lock is obeyed, not kept.
 * @throws ToolError as a build: NO_MAIN_PACKAGE, NO_GO_MOD, CONFIG_INVALID, LOCK_MISMATCH …; UNSUPPORTED for module@version
 */
export async function findProgram(ctx: Ctx, request: CompareRequest): Promise<ComparedProgram> {
  const { build } = request;
  const target = await readTarget(request.what, ctx.cwd);
  if (target.kind === 'module') {
    throw new ToolError(
      'UNSUPPORTED',
      `${request.what} is no source on this machine, from which methods copy`,
      {
        hint: 'Compare a checkout of it: git clone, then coracle compare DIRECTORY.',
      },
    );
  }
  const { directory, patterns } = target;
  const { wanted, lock } = await locate(ctx, build, directory, patterns);
  const pinned = (await readLock(lock.file))?.go !== undefined;
  const { toolchain } = await planLock(ctx, {
    wanted: lock.wanted,
    frozen: false,
    ...(pinned && { file: lock.file }),
  });
  const platform = hostPlatform();
  const go = goCommand({ ...build, platforms: [platform] }, toolchain);
  const mains = await findMains(ctx, go, directory, wanted);
  const { first, others } = pick(request, mains);
  const project = await findProject(ctx, first.dir);
  const home = project.workFile === undefined ? project.root : path.dirname(project.workFile);
  const context = contextOf(home, project);
  const found = await findCgo(
    ctx,
    go,
    home,
    [first, ...others].map(({ dir }) => dir),
  );
  return {
    name: first.name,
    context,
    home: path.relative(context, home) || '.',
    packages: [first, ...others].map(({ name, dir }) => ({
      ...{ name, dir },
      path: `./${path.relative(home, dir)}`.replace(/^\.\/$/, '.'),
    })),
    go: { ...build.go, ldflags: await ldflagsOf(ctx, build, directory) },
    ...{ request: build, platform, toolchain },
    cgo: cgoOf(request.cgo, found.cgo),
    resolves: found.resolves,
    notes: platformNotes(build, platform),
  };
}

type Mains = Awaited<ReturnType<typeof findMains>>;

/** Which of several programs is started. */
function pick({ what, main }: CompareRequest, mains: Mains): { first: Mains[number]; others: Mains } {
  const wanted = main?.replace(/^\.\//, '').replace(/\/$/, '');
  const found =
    wanted === undefined
      ? mains[0]
      : mains.find(({ name, importPath }) => name === wanted || importPath.endsWith(`/${wanted}`));
  const names = mains.map(({ name }) => name);
  if (found === undefined) {
    throw new ToolError('NO_MAIN_PACKAGE', `${what} has no program ${main ?? ''}`, {
      hint: `It has ${names.join(', ')}.`,
    });
  }
  return { first: found, others: mains.filter((one) => one !== found) };
}

/** Which of several programs is looked at, and what becomes of the others. */
export function severalPrograms(
  what: string,
  { packages: [first, ...others] }: ComparedProgram,
  deed: 'started' | 'measured',
): string[] {
  if (first === undefined || others.length === 0) return [];
  const names = others.map(({ name }) => name).join(', ');
  const [rest, verb] =
    deed === 'started'
      ? [`and beside it in each image lies ${names}`, 'starts']
      : [`not ${names}`, 'measures'];
  return [
    `${what} has ${others.length + 1} programs: ${first.name} is ${deed}, ${rest}; --main NAME ${verb} another`,
  ];
}

/** The workspace; else the module with all directories that it names in place of modules. */
function contextOf(home: string, { root, goMod }: Project): string {
  const places = goMod.replace.flatMap(({ by: { path: to, version } }) =>
    version === undefined ? [path.resolve(root, to)] : [],
  );
  return [home, ...places].reduce(above);
}

/** The nearest directory that holds both. */
function above(one: string, other: string): string {
  let at = one;
  while (path.relative(at, other).split(path.sep)[0] === '..') at = path.dirname(at);
  return at;
}

function cgoOf(said: CgoMode | undefined, found: boolean): ComparedProgram['cgo'] {
  if (said === 'off') return false;
  return said ?? (found ? 'dynamic' : false);
}

async function ldflagsOf(ctx: Ctx, { go: { ldflags } }: BuildRequest, directory: string): Promise<string[]> {
  if (ldflags.length === 0) return [];
  const { vcs } = await readVcs(ctx, directory, { describe: ldflags.some(needsDescribe) });
  const facts = { vcs, epoch: sourceDateEpoch(ctx), env: ctx.env };
  return ldflags.map((flag) => expandTemplate(flag, facts, 'go.ldflags'));
}

function platformNotes({ platforms }: BuildRequest, { os, architecture }: Platform): string[] {
  const here =
    platforms.length === 0 || (platforms.length === 1 && platforms[0]?.architecture === architecture);
  return here
    ? []
    : [`of the platforms, ${os}/${architecture} alone is compared: what is measured must run here`];
}
