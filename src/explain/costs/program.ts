/** The program that a directory means, as `coracle build` would build it. */
import path from 'node:path';
import { locate } from '../../build/locate.ts';
import { planLock, type GoWanted } from '../../build/lock.ts';
import { goCommand } from '../../build/prepare-local.ts';
import { sourceDateEpoch } from '../../build/source-date.ts';
import type { BuildRequest } from '../../build/types.ts';
import { readLock } from '../../config/lock.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { CompileRequest } from '../../golang/compile.ts';
import { findMains } from '../../golang/packages.ts';
import { expandTemplate, needsDescribe } from '../../golang/template.ts';
import { listToolchains, type Toolchain } from '../../golang/toolchain.ts';
import { compareGoVersions, isGoVersion } from '../../golang/version.ts';
import { readVcs } from '../../golang/vcs.ts';
import { hostPlatform } from '../../oci/platform.ts';

/** How the program is compiled, but for where to. */
export type BuildSettings = Omit<CompileRequest, 'output'>;

export interface SourceProgram {
  readonly importPath: string;
  readonly settings: BuildSettings;
}

/**
 * Finds the one main package that a directory means and all that decides how it is compiled. Writes nothing: the lock is obeyed, not kept.
 * @param builtWith the Go that built the program already (`go1.26.8`): taken in place of the directory's where it is here
 * @throws ToolError SEVERAL_MAIN_PACKAGES, NO_MAIN_PACKAGE, NO_GO_MOD, LOCK_MISMATCH and others of a build
 */
export async function findProgram(
  ctx: Ctx,
  request: BuildRequest,
  directory: string,
  builtWith?: string,
): Promise<SourceProgram> {
  const absolute = path.resolve(ctx.cwd, directory);
  const { wanted, lock } = await locate(ctx, request, absolute, ['.']);
  const toolchain = (await builders(ctx, lock.wanted, builtWith)) ?? (await toolchainFor(ctx, lock));
  const mains = await findMains(ctx, goCommand(request, toolchain), absolute, wanted);
  const [main, ...others] = mains;
  if (main === undefined || others.length > 0) throw several(ctx, directory, mains);
  const describe = request.go.ldflags.some(needsDescribe);
  const { vcs } = await readVcs(ctx, absolute, { describe });
  const facts = { vcs, epoch: sourceDateEpoch(ctx), env: ctx.env };
  const { cgo, strip, flags, tags, gcflags, env } = request.go;
  return {
    importPath: main.importPath,
    settings: {
      toolchain,
      cwd: main.cwd,
      package: main.package,
      platform: request.platforms[0] ?? hostPlatform(),
      vcs: request.go.vcs && vcs !== undefined,
      ldflags: request.go.ldflags.map((flag) => expandTemplate(flag, facts, 'go.ldflags')),
      ...{ cgo, strip, flags, tags, gcflags, env },
    },
  };
}

/** A program built with another Go has other bytes; only where the source has since come to want a newer one, that one cannot read it. */
async function builders(
  ctx: Ctx,
  { go = '1.16' }: GoWanted,
  builtWith: string | undefined,
): Promise<Toolchain | undefined> {
  const version = builtWith?.replace(/^go/, '');
  if (
    version === undefined ||
    !isGoVersion(version) ||
    !isGoVersion(go) ||
    compareGoVersions(version, go) < 0
  )
    return undefined;
  return (await listToolchains(ctx)).find((toolchain) => toolchain.version === version);
}

/** The base has no say in what the program is made of; and what a lock does not pin yet is not asked for in the network. */
async function toolchainFor(
  ctx: Ctx,
  { file, frozen, wanted }: Awaited<ReturnType<typeof locate>>['lock'],
): Promise<Toolchain> {
  const locked = (await readLock(file))?.go !== undefined;
  const { toolchain } = await planLock(ctx, {
    wanted,
    ...(locked || frozen ? { file, frozen } : { frozen: false }),
  });
  return toolchain;
}

function several(ctx: Ctx, directory: string, mains: readonly { readonly dir: string }[]): ToolError {
  const names = mains.map(({ dir }) => `./${path.relative(ctx.cwd, dir)}`);
  return new ToolError(
    'SEVERAL_MAIN_PACKAGES',
    `${directory} means ${mains.length} programs, and one is explained at a time`,
    {
      hint: `Name one of them: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`,
    },
  );
}
