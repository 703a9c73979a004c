/**
 * Go toolchains: the host's when it is exactly the wanted version, else one fetched, proven and kept under Coracle's home. This
 * file is the door; the files beside it (`toolchain-*.ts`) each do one part. It knows nothing of packages or programs.
 */
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import type { Ctx } from '../core/ctx.ts';
import { readGoEnv } from './goenv.ts';
import type { GoEnv } from './goenv.ts';
import { findHostGo, hostToolchain } from './toolchain-host.ts';
import { versionFromTyped } from './toolchain-resolve.ts';
import { hostArch, toolchainOrigin } from './toolchain-releases.ts';
import {
  keepToolchain,
  removeStored,
  storedToolchain,
  storedToolchains,
  withToolchainLock,
} from './toolchain-store.ts';
import type { StoredToolchain } from './toolchain-store.ts';
import type { Toolchain } from './toolchain-types.ts';
import { isGoVersion, isLanguageVersion } from './version.ts';

export type { Toolchain } from './toolchain-types.ts';
export type { StoredToolchain, ToolchainRecord } from './toolchain-store.ts';
export { hostToolchain } from './toolchain-host.ts';
export { resolveGoVersion, versionFromTyped } from './toolchain-resolve.ts';

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

function asToolchain({ version, goroot, go, origin, hash }: StoredToolchain): Toolchain {
  return { version, goroot, go, origin, hash };
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

export interface ListedToolchain extends Toolchain {
  /** Bytes on disk; only of fetched ones. */
  readonly bytes?: number;
  /** When it was fetched, ISO 8601. */
  readonly at?: string;
}

/** The host's toolchain first, then the fetched ones, oldest version first. */
export async function listToolchains(ctx: Ctx): Promise<ListedToolchain[]> {
  const [host, stored] = await Promise.all([hostToolchain(ctx), storedToolchains(ctx)]);
  const fetched = stored.map((toolchain) =>
    Object.assign(asToolchain(toolchain), { bytes: toolchain.record.bytes, at: toolchain.record.at }),
  );
  return host ? [host, ...fetched] : fetched;
}

/**
 * The toolchain of a version as people type it: `1.26.1`, `go1.26.1`, `1.26` for its newest patch, `latest`.
 * @throws ToolError as ensureToolchain
 */
export async function installToolchain(ctx: Ctx, typed: string): Promise<Toolchain> {
  return ensureToolchain(ctx, await versionFromTyped(ctx, typed));
}

/**
 * Removes a fetched toolchain.
 * @throws ToolError NOT_FOUND when there is none of that version
 */
export async function removeToolchain(ctx: Ctx, typed: string): Promise<void> {
  const version = typed.replace(/^(go|v)/, '');
  const removed =
    isGoVersion(version) && (await withToolchainLock(ctx, version, async () => removeStored(ctx, version)));
  if (!removed)
    throw new ToolError('NOT_FOUND', `no Go ${version} was fetched`, {
      hint: 'coracle toolchain list shows what there is.',
    });
}

/** What puts a toolchain in front of any other in a process's environment. */
export interface ToolchainEnv {
  /** To be put before PATH. */
  readonly pathPrefix: string;
  readonly GOROOT: string;
  /** The go command must not go and get another toolchain by itself. */
  readonly GOTOOLCHAIN: 'local';
}

export function toolchainEnv(toolchain: Toolchain): ToolchainEnv {
  return { pathPrefix: path.dirname(toolchain.go), GOROOT: toolchain.goroot, GOTOOLCHAIN: 'local' };
}

/** Runs a command with a toolchain in front, on our own standard streams; gives its exit code. @throws ToolError TOOL_MISSING */
export async function execWithToolchain(
  ctx: Ctx,
  toolchain: Toolchain,
  argv: readonly [string, ...string[]],
): Promise<number> {
  const { pathPrefix, GOROOT, GOTOOLCHAIN } = toolchainEnv(toolchain);
  const PATH = [pathPrefix, ctx.env['PATH']].filter(Boolean).join(path.delimiter);
  // The program is looked for on our PATH, not the child's, so its own go is named outright.
  const [program, ...args] = argv;
  const own =
    program === 'go' ? toolchain.go : program === 'gofmt' ? path.join(pathPrefix, 'gofmt') : program;
  const exit = await ctx.exec({
    argv: [own, ...args],
    cwd: ctx.cwd,
    env: { ...ctx.env, PATH, GOROOT, GOTOOLCHAIN },
    stdio: 'inherit',
  });
  return exit.code;
}

/** The time zone database that a toolchain brings along: a zip of TZif files. */
export function zoneinfoZip(toolchain: Toolchain): string {
  return path.join(toolchain.goroot, 'lib', 'time', 'zoneinfo.zip');
}
