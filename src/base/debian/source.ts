import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { formatPlatform, hostPlatform, normalizePlatform } from '../../oci/platform.ts';
import type { Platform } from '../../oci/types.ts';
import { hostMirrors } from './host-sources.ts';
import { hasDate } from './mirrors.ts';
import { snapshotTime } from './snapshot.ts';
import type { DebianSource } from './types.ts';

/** `debian:` of coracle.yaml. */
export interface DebianSettings {
  /** Codename or alias. Default `stable`. */
  readonly release?: string;
  readonly mirror?: string;
  /** Default: beside `mirror`, where its address ends with `/debian`. */
  readonly securityMirror?: string;
  readonly snapshot?: string;
  /** Default `main`. */
  readonly components?: readonly string[];
}

export interface SourceOptions {
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Where this machine's files are. */
  readonly root?: string;
}

/**
 * Where packages come from: the mirrors of the settings, else those of a Debian host itself. There is no default elsewhere.
 * @throws ToolError CONFIG_INVALID naming the key to set; UNSUPPORTED for a platform that Debian has not
 */
export async function debianSource(
  ctx: Ctx,
  settings: DebianSettings,
  { platform = hostPlatform(), root = '/' }: SourceOptions = {},
): Promise<DebianSource> {
  ctx.signal.throwIfAborted();
  const { snapshot } = settings;
  if (snapshot !== undefined) snapshotTime(snapshot);
  const host = settings.mirror === undefined ? await hostMirrors(root) : {};
  const archive = settings.mirror ?? host.archive;
  if (archive === undefined)
    throw noMirror('debian.mirror', 'a mirror of Debian is needed, and none is known');
  if (snapshot !== undefined && settings.mirror === undefined && !hasDate(archive)) {
    throw noMirror(
      'debian.mirror',
      `the archive as of ${snapshot} is asked for, and this machine's own mirror keeps no past`,
      ' It must be of a mirror that keeps snapshots, with {snapshot} where the date stands.',
    );
  }
  const security = settings.securityMirror ?? host.security ?? besides(archive);
  if (security === undefined)
    throw noMirror(
      'debian.securityMirror',
      "a mirror of Debian's security archive is needed, and none is known",
    );
  return {
    release: settings.release ?? 'stable',
    architecture: architectureOf(platform),
    mirrors: { archive, security },
    ...(snapshot !== undefined && { snapshot }),
    components: settings.components ?? ['main'],
  };
}

/** Mirrors have the security archive in a folder beside the archive's own. */
function besides(archive: string): string | undefined {
  const changed = archive.replace(/\/debian(?=\/*$|\/[^/]*\/*$)/, '/debian-security');
  return changed === archive ? undefined : changed;
}

function noMirror(key: string, message: string, more = ''): ToolError {
  return new ToolError('CONFIG_INVALID', message, {
    hint: `Set ${key} in coracle.yaml to its address, as it stands in a sources.list.${more}`,
  });
}

/** Debian's names, by Go's. */
const architectures: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  arm64: 'arm64',
  'arm/v7': 'armhf',
  'arm/v6': 'armel',
  'arm/v5': 'armel',
  '386': 'i386',
  ppc64le: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
  mips64le: 'mips64el',
  loong64: 'loong64',
};

/**
 * Debian's name of a platform's architecture.
 * @throws ToolError UNSUPPORTED
 */
export function architectureOf(platform: Platform): string {
  const { os, architecture, variant } = normalizePlatform(platform);
  const name = architecture === 'arm' ? `arm/${variant ?? 'v7'}` : architecture;
  const found = os === 'linux' ? architectures[name] : undefined;
  if (found !== undefined) return found;
  throw new ToolError('UNSUPPORTED', `Debian has no packages for ${formatPlatform(platform)}`, {
    hint: `It has them for: ${Object.keys(architectures).join(', ')}.`,
  });
}
