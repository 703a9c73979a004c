import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { findMains } from '../golang/packages.ts';
import { expandTemplate, needsDescribe } from '../golang/template.ts';
import type { ReadVcs } from '../golang/inputs.ts';
import { readVcs } from '../golang/vcs.ts';
import type { VcsState } from '../golang/vcs.ts';
import { hostPlatform } from '../oci/platform.ts';
import { originOf } from './describe.ts';
import { isPlain, locate } from './locate.ts';
import { keepLock, planLock } from './lock.ts';
import type { Source } from './prepare.ts';
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
  // Git works while everything else is read.
  const asked = early(directory);
  asked.catch(() => undefined);
  const { root, wanted, lock: options } = await locate(ctx, request, directory, patterns);
  const lock = await planLock(ctx, options);
  // Written before the repository is read: a lock that appeared between two builds would make the second one's tree a dirty one.
  const wrote = await keepLock(ctx, options.file, lock);
  if (wrote) await watch.markAgain();
  watch.file(options.file);
  for (const below of wanted.flatMap((pattern) => searchedBy(pattern, directory, root)))
    watch.packagesBelow(below);
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
    lockFile: options.file,
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
