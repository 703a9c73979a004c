/**
 * Go toolchains: the host's when it is exactly the wanted version, else one fetched, proven and kept under Coracle's home. This
 * file is the door; the files beside it (`toolchain-*.ts`) each do one part. It knows nothing of packages or programs.
 */
import path from 'node:path';
import { ToolError, isToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { ensureToolchain } from './toolchain-ensure.ts';
import { hostToolchain } from './toolchain-host.ts';
import { versionFromTyped } from './toolchain-resolve.ts';
import { asToolchain, removeStored, storedToolchains, withToolchainLock } from './toolchain-store.ts';
import type { Toolchain } from './toolchain-types.ts';
import { isGoVersion } from './version.ts';

export type { Toolchain } from './toolchain-types.ts';
export type { EnsureOptions } from './toolchain-ensure.ts';
import { readFetchEnv } from './toolchain-ensure.ts';

export { ensureToolchain, readFetchEnv } from './toolchain-ensure.ts';
export { hostToolchain } from './toolchain-host.ts';
export { resolveGoVersion, versionFromTyped } from './toolchain-resolve.ts';

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

/**
 * The hashes of a release's toolchain modules by platform, as the checksum database proves them, without fetching any: what a lock says
 * to machines of either kind. Empty when the database cannot be asked.
 * @throws ToolError CHECKSUM_MISMATCH when it cannot prove what it says
 */
export async function publishedHashes(ctx: Ctx, version: string): Promise<Record<string, string>> {
  const [{ publishedModuleHash }, { hostArch, moduleVersion, toolchainModule }] = await Promise.all([
    import('./sumdb/verify.ts'),
    import('./toolchain-releases.ts'),
  ]);
  const env = await readFetchEnv(ctx);
  const hashes: Record<string, string> = {};
  try {
    for (const arch of new Set(['amd64', 'arm64', hostArch()])) {
      const hash = await publishedModuleHash(ctx, env, toolchainModule, moduleVersion(version, arch));
      if (hash !== undefined) hashes[`linux/${arch}`] = hash;
    }
  } catch (error) {
    if (!isToolError(error, 'NETWORK', 'TOOLCHAIN_FETCH')) throw error;
  }
  return hashes;
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
