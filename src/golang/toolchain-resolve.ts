/** From what go.mod, a flag or a person asks for to the one release that is meant. */
import { ToolError, isToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { readGoEnv } from './goenv.ts';
import { findHostGo, hostToolchain } from './toolchain-host.ts';
import { knownReleases, newestRelease, toolchainOrigin } from './toolchain-releases.ts';
import {
  compareGoVersions,
  isGoVersion,
  isLanguageVersion,
  languageVersion,
  versionAsTyped,
  versionOfToolchain,
} from './version.ts';

/** From this version on, the `go` line names the least release that will do; before, only a language. */
const firstWithToolchains = '1.21';

/**
 * The release that the `go` and `toolchain` lines of a go.mod or go.work ask for: `toolchain` where it is newer than `go`, else
 * `go`. For a language since 1.21 its newest patch; for an older one the host's Go, or the newest release.
 * @throws ToolError CONFIG_INVALID, NETWORK when the list of releases is needed and cannot be had
 */
export async function resolveGoVersion(
  ctx: Ctx,
  wanted: { readonly go?: string; readonly toolchain?: string },
): Promise<string> {
  const go = wanted.go ?? '1.16'; // what the go command takes a missing line for
  if (!isGoVersion(go))
    throw new ToolError('CONFIG_INVALID', `${go} is no Go version`, { hint: 'It has the form 1.24.0.' });
  const named = wanted.toolchain === undefined ? undefined : versionOfToolchain(wanted.toolchain);
  const version = named !== undefined && compareGoVersions(named, go) > 0 ? named : go;
  if (compareGoVersions(version, firstWithToolchains) < 0) return hostOrNewest(ctx);
  return isLanguageVersion(version) ? newestPatch(ctx, version) : version;
}

/** As resolveGoVersion, for what a person types: `1.26.1`, `go1.26.1`, `1.26`, `latest`. Old releases too, by their own names. */
export async function versionFromTyped(ctx: Ctx, typed: string): Promise<string> {
  if (typed === 'latest') return newest(ctx);
  const version = versionAsTyped(typed);
  if (version === undefined) {
    throw new ToolError('USAGE', `${typed} is no Go version`, {
      hint: 'Versions look like 1.26.1, 1.26 (its newest patch) or latest.',
    });
  }
  return isLanguageVersion(version) ? newestPatch(ctx, version) : version;
}

async function hostOrNewest(ctx: Ctx): Promise<string> {
  const host = await hostToolchain(ctx);
  return host && compareGoVersions(host.version, firstWithToolchains) >= 0 ? host.version : newest(ctx);
}

async function newest(ctx: Ctx): Promise<string> {
  const version = newestRelease(await releases(ctx));
  if (version === undefined) {
    throw new ToolError('TOOLCHAIN_FETCH', 'nobody here knows which Go releases there are', {
      hint: 'Name one with --go-version VERSION, or a toolchain line in go.mod.',
    });
  }
  return version;
}

/** The newest patch of a language; without a list to look into, the host's Go if it is of that language, else the first release. */
async function newestPatch(ctx: Ctx, language: string): Promise<string> {
  const list = await releases(ctx).catch((error: unknown) => {
    if (isToolError(error, 'NETWORK', 'TOOLCHAIN_FETCH', 'INSECURE_REFUSED')) return [];
    throw error;
  });
  const patches = list.filter((version) => languageVersion(version) === language);
  const found = newestRelease(patches);
  if (found !== undefined) return found;
  const host = list.length === 0 ? await hostToolchain(ctx) : undefined;
  return host && languageVersion(host.version) === language ? host.version : `${language}.0`;
}

async function releases(ctx: Ctx): Promise<string[]> {
  const env = await readGoEnv(ctx, await findHostGo(ctx));
  return knownReleases(ctx, env, toolchainOrigin(ctx, env));
}
