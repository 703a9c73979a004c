import type { Ctx } from '../core/ctx.ts';
import { prepareModule as prepareSynthetic, resolveModule } from '../golang/module.ts';
import type { ResolvedModule } from '../golang/module.ts';
import { isVersion } from '../golang/semver.ts';
import { expandTemplate } from '../golang/template.ts';
import { ensureToolchain, hostToolchain, readFetchEnv, resolveGoVersion } from '../golang/toolchain.ts';
import type { Toolchain } from '../golang/toolchain.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { Origin } from './describe.ts';
import { planLock, keepLock } from './lock.ts';
import type { Source } from './prepare.ts';
import { composedWanted } from './base-lock.ts';
import { baseWanted } from './registries.ts';
import { sourceDateEpoch } from './source-date.ts';
import type { BuildRequest } from './types.ts';
import type { Watch } from './watch.ts';

/**
 * A public program by its version: resolved at the module proxy, compiled by the Go that its own go.mod asks for, from a main module
 * that requires it. A lock is only kept where --lock names one: the version is in the command.
 */
export async function prepareModule(
  ctx: Ctx,
  request: BuildRequest,
  query: string,
  watch: Watch,
): Promise<Source> {
  const { cgo, flags, tags, env } = request.go;
  const platform = request.platforms[0] ?? hostPlatform();
  // Only private modules need a go command to be read at all; any will do.
  const any = async (): Promise<Toolchain> =>
    (await hostToolchain(ctx)) ?? ensureToolchain(ctx, await resolveGoVersion(ctx, {}));
  const settings = await readFetchEnv(ctx);
  const resolved = await resolveModule(
    ctx,
    settings,
    { toolchain: any, platform, cgo, flags, tags, env },
    query,
  );
  if (!isVersion(query.slice(query.lastIndexOf('@') + 1))) watch.never();
  const { file } = request.lock;
  const lock = await planLock(ctx, {
    ...(file === undefined ? {} : { file }),
    frozen: request.lock.frozen && file !== undefined,
    wanted: {
      ...(resolved.go === undefined ? {} : { go: resolved.go }),
      ...(resolved.toolchain === undefined ? {} : { toolchain: resolved.toolchain }),
      ...(request.go.version === undefined ? {} : { named: request.go.version }),
    },
    ...baseWanted(ctx, request),
    ...composedWanted(ctx, request),
  });
  if (file !== undefined) {
    if (await keepLock(ctx, file, lock)) await watch.markAgain();
    watch.file(file);
  }
  const { toolchain } = lock;
  const platforms = request.platforms.length > 0 ? request.platforms : [hostPlatform()];
  const prepared = await prepareSynthetic(
    ctx,
    resolved,
    { toolchain, platform, cgo, flags, tags, env },
    platforms,
  );
  await watch.markAgain(); // the synthetic module may have been written just now
  watch.env(request.go.ldflags);
  const epoch = sourceDateEpoch(ctx);
  const facts = { version: resolved.version, epoch: epoch ?? resolved.epoch, env: ctx.env };
  return {
    toolchain,
    lock,
    ...(file !== undefined && { lockFile: file }),
    notes: [],
    programs: [
      {
        name: prepared.name,
        importPath: resolved.package,
        cwd: prepared.cwd,
        package: prepared.package,
        origin: originOfModule(resolved, epoch),
        vcs: false,
        flags: prepared.flags,
        env: prepared.env,
        ldflags: request.go.ldflags.map((flag) => expandTemplate(flag, facts, 'go.ldflags')),
        notes: prepared.notes,
      },
    ],
  };
}

/** Only what the version itself says: what a proxy knows besides differs between proxies, and nobody vouches for it. */
function originOfModule(resolved: ResolvedModule, epoch: number | undefined): Origin {
  const source = sourceOf(resolved.module);
  return {
    created: epoch ?? resolved.epoch ?? 0,
    version: resolved.version,
    ...(source === undefined ? {} : { source }),
  };
}

/** Hosts on which a module's path is its repository's address. */
const codeHosts = /^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\/[^/]+\/[^/]+/;

function sourceOf(module: string): string | undefined {
  const [path] = codeHosts.exec(module) ?? [];
  return path === undefined ? undefined : `https://${path}`;
}
