/** Makes sure that a toolchain is there: the host's, one fetched before, or one fetched now. */
import { ToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import type { Ctx } from '../core/ctx.ts';
import { readGoEnv } from './goenv.ts';
import type { GoEnv } from './goenv.ts';
import { findHostGo, hostToolchain } from './toolchain-host.ts';
import { hostArch, toolchainOrigin } from './toolchain-releases.ts';
import { asToolchain, keepToolchain, storedToolchain, withToolchainLock } from './toolchain-store.ts';
import type { Toolchain } from './toolchain-types.ts';
import { isGoVersion, isLanguageVersion } from './version.ts';

export interface EnsureOptions {
  /** What the lock says about it: `h1:…` or `sha256:…`. With it, nobody else needs to vouch for what is fetched. */
  readonly hash?: string;
}

/**
 * The toolchain of exactly this version (`1.26.1`): the host's, one fetched before, or one fetched now.
 * @throws ToolError GO_VERSION_UNKNOWN, TOOLCHAIN_FETCH, CHECKSUM_MISMATCH, LOCK_MISMATCH, NETWORK, DISK_FULL …
 */
export async function ensureToolchain(
  ctx: Ctx,
  version: string,
  options: EnsureOptions = {},
): Promise<Toolchain> {
  const host = await hostToolchain(ctx);
  return host?.version === version ? host : ensureFetched(ctx, version, options);
}

async function ensureFetched(ctx: Ctx, version: string, options: EnsureOptions): Promise<Toolchain> {
  if (!isGoVersion(version) || isLanguageVersion(version)) {
    throw new ToolError('GO_VERSION_UNKNOWN', `${version} names no Go release`, {
      hint: isLanguageVersion(version)
        ? `It is a language version; its first release is ${version}.0.`
        : 'A release is called 1.26.1, for instance.',
    });
  }
  const there = await soundFor(ctx, version, options);
  if (there) return there;
  const env = await readFetchEnv(ctx);
  const origin = toolchainOrigin(ctx, env);
  return withToolchainLock(ctx, version, async () => {
    // Another build may have fetched it while this one waited.
    const meanwhile = await soundFor(ctx, version, options);
    if (meanwhile) return meanwhile;
    const { fetchToolchain } = await import('./toolchain-fetch.ts');
    return asStep(ctx, version, async (progress) =>
      withTempDir(ctx, async (temp) => {
        const fetched = await fetchToolchain(ctx, { version, env, origin, temp, progress, ...options });
        const { directory, ...proven } = fetched;
        await keepToolchain(ctx, directory, { version, ...proven, at: ctx.now().toISOString() });
        const kept = await storedToolchain(ctx, version);
        if (kept) return asToolchain(kept);
        throw new ToolError('TOOLCHAIN_FETCH', `what ${proven.from} calls Go ${version} holds no go command`);
      }),
    );
  });
}

/** The settings that say where toolchains come from, with the defaults of the host's Go, whatever its version. */
export async function readFetchEnv(ctx: Ctx): Promise<GoEnv> {
  return readGoEnv(ctx, await findHostGo(ctx));
}

/** One fetched before. One that the lock does not want is no use, and no accident either: somebody pinned other bytes. */
async function soundFor(ctx: Ctx, version: string, { hash }: EnsureOptions): Promise<Toolchain | undefined> {
  const stored = await storedToolchain(ctx, version);
  if (!stored) return undefined;
  if (hash !== undefined && hash !== stored.hash) {
    throw new ToolError('LOCK_MISMATCH', `Go ${version} here has other bytes than coracle.lock says`, {
      detail: `here:   ${stored.hash} (proven when it was fetched)\nlocked: ${hash}`,
      hint: `If the lock is right: coracle toolchain remove ${version}, and build again. If it is not: coracle lock --update`,
    });
  }
  return asToolchain(stored);
}

async function asStep<R>(
  ctx: Ctx,
  version: string,
  work: (progress: (done: number, total: number | undefined) => void) => Promise<R>,
): Promise<R> {
  const step = {
    kind: 'step',
    id: `toolchain:go${version}`,
    name: `fetch Go ${version} (linux/${hostArch()})`,
  } as const;
  ctx.emit({ ...step, state: 'started', at: Date.now() });
  let told = 0;
  try {
    const result = await work((done, total) => {
      // A megabyte at a time is as fine as anybody can see.
      if (done < told || (done - told < 1024 * 1024 && done !== total)) return;
      told = done;
      ctx.emit({ kind: 'progress', id: step.id, done, unit: 'bytes', ...(total !== undefined && { total }) });
    });
    ctx.emit({ ...step, state: 'done', at: Date.now() });
    return result;
  } catch (error) {
    ctx.emit({ ...step, state: ctx.signal.aborted ? 'cancelled' : 'failed', at: Date.now() });
    throw error;
  }
}
