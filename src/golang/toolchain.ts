/**
 * Go toolchains: the host's when it is exactly the wanted version, else one fetched, proven and kept under Coracle's home. This
 * file is the door; the files beside it (`toolchain-*.ts`) each do one part. It knows nothing of packages or programs.
 */
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { hostToolchain } from './toolchain-host.ts';
import type { Toolchain } from './toolchain-types.ts';

export type { Toolchain } from './toolchain-types.ts';
export { hostToolchain } from './toolchain-host.ts';

export interface EnsureOptions {
  /** What the lock says about it: `h1:…` or `sha256:…`. */
  readonly hash?: string;
}

/**
 * The toolchain of exactly this version.
 * @throws ToolError GO_VERSION_UNKNOWN, TOOLCHAIN_FETCH, CHECKSUM_MISMATCH, LOCK_MISMATCH, NETWORK
 */
export async function ensureToolchain(
  ctx: Ctx,
  version: string,
  _options: EnsureOptions = {},
): Promise<Toolchain> {
  const host = await hostToolchain(ctx);
  if (host?.version === version) return host;
  throw new ToolError('UNSUPPORTED', `Go ${version} is not the host's, and fetching is not there yet`);
}

/** The version that `go` and `toolchain` lines ask for. */
export async function resolveGoVersion(
  _ctx: Ctx,
  wanted: { readonly go?: string; readonly toolchain?: string },
): Promise<string> {
  const host = await hostToolchain(_ctx);
  return host?.version ?? wanted.go ?? '';
}

/** What puts a toolchain in front of any other in a process's environment. */
export function toolchainEnv(toolchain: Toolchain): {
  readonly pathPrefix: string;
  readonly GOROOT: string;
  readonly GOTOOLCHAIN: 'local';
} {
  return { pathPrefix: path.dirname(toolchain.go), GOROOT: toolchain.goroot, GOTOOLCHAIN: 'local' };
}

/** The time zone database that a toolchain brings along: a zip of TZif files. */
export function zoneinfoZip(toolchain: Toolchain): string {
  return path.join(toolchain.goroot, 'lib', 'time', 'zoneinfo.zip');
}
