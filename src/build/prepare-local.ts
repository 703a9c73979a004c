import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { findMains } from '../golang/packages.ts';
import { findProject } from '../golang/project.ts';
import { expandTemplate, needsDescribe } from '../golang/template.ts';
import type { ReadVcs } from '../golang/inputs.ts';
import { readVcs } from '../golang/vcs.ts';
import type { VcsState } from '../golang/vcs.ts';
import { hostPlatform } from '../oci/platform.ts';
import { originOf } from './describe.ts';
import { keepLock, lockFileOf, planLock } from './lock.ts';
import type { Source } from './prepare.ts';
import { baseWanted } from './registries.ts';
import { sourceDateEpoch } from './source-date.ts';
import type { BuildRequest } from './types.ts';
import type { Watch } from './watch.ts';

/** The programs of a directory on this machine: its module, its lock, its repository, its main packages. */
export async function prepareLocal(
  ctx: Ctx,
  request: BuildRequest,
  directory: string,
  patterns: readonly string[],
  watch: Watch,
  early: ReadVcs,
): Promise<Source> {
  const wanted =
    request.main.length > 0 && patterns.length === 1 && patterns[0] === '.' ? request.main : patterns;
  const start =
    wanted.length === 1 && wanted[0] !== undefined && isPlain(wanted[0])
      ? path.resolve(directory, wanted[0])
      : directory;
  // Git works while everything else is read.
  const asked = early(directory);
  asked.catch(() => undefined);
  const project = await findProject(ctx, start);
  const lockFile = lockFileOf(request.lock.file, project.root);
  const lock = await planLock(ctx, {
    file: lockFile,
    frozen: request.lock.frozen,
    wanted: { ...project.wanted, ...(request.go.version === undefined ? {} : { named: request.go.version }) },
    ...baseWanted(ctx, request),
  });
  // Written before the repository is read: a lock that appeared between two builds would make the second one's tree a dirty one.
  const wrote = await keepLock(ctx, lockFile, lock);
  if (wrote) await watch.markAgain();
  watch.file(lockFile);
  for (const root of wanted.flatMap((pattern) => searchedBy(pattern, directory, project.root)))
    watch.packagesBelow(root);
  const mains = await findMains(ctx, goCommand(request, lock.toolchain), directory, wanted);
  const describe = request.go.ldflags.some(needsDescribe);
  const vcs = wrote || describe ? await readVcs(ctx, directory, { describe }) : await asked;
  if (vcs.problem && request.go.vcs)
    ctx.emit({ kind: 'warning', message: `no VCS stamp: ${vcs.problem.reason}`, hint: vcs.problem.hint });
  watch.env(request.go.ldflags);
  watch.repository(directory, vcs);
  return {
    toolchain: lock.toolchain,
    lock,
    notes: vcs.notes,
    programs: mains.map((main) => ({
      name: main.name,
      importPath: main.importPath,
      cwd: main.cwd,
      package: main.package,
      origin: originOf(vcs.vcs, sourceDateEpoch(ctx)),
      vcs: request.go.vcs && vcs.vcs !== undefined,
      flags: [],
      env: {},
      ldflags: ldflagsOf(ctx, request, vcs),
      notes: [],
    })),
  };
}

export function goCommand(
  request: BuildRequest,
  toolchain: Source['toolchain'],
): Parameters<typeof findMains>[1] {
  const { cgo, flags, tags, env } = request.go;
  return { toolchain, platform: request.platforms[0] ?? hostPlatform(), cgo, flags, tags, env };
}

function isPlain(pattern: string): boolean {
  return (pattern.startsWith('.') || path.isAbsolute(pattern)) && !pattern.includes('...');
}

/** Where a pattern with `...` finds packages; of the main module at least, when it is one of import paths. */
function searchedBy(pattern: string, directory: string, moduleRoot: string): string[] {
  const at = pattern.split('/').findIndex((element) => element.includes('...'));
  if (at < 0) return [];
  if (!isPlain(pattern.replaceAll('...', ''))) return [moduleRoot];
  return [path.resolve(directory, pattern.split('/').slice(0, at).join('/') || '/')];
}

function ldflagsOf(ctx: Ctx, request: BuildRequest, { vcs }: VcsState): string[] {
  const facts = { vcs, epoch: sourceDateEpoch(ctx), env: ctx.env };
  return request.go.ldflags.map((flag) => expandTemplate(flag, facts, 'go.ldflags'));
}
