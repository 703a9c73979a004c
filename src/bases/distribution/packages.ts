import type { Ctx } from '../../core/ctx.ts';
import type { PinnedKey } from '../../base/debian/keys.ts';
import { resolvePackages } from '../../base/debian/resolve.ts';
import { debianSource } from '../../base/debian/source.ts';
import type { DebianSource, PackageIndex } from '../../base/debian/types.ts';
import type { WantedPackage } from '../../base/debian/kept-debs.ts';
import type { Platform } from '../../oci/types.ts';
import { lockedPackage, sourceName } from '../debian.ts';
import type { BaseSettings, LockedBase } from '../types.ts';

/** What a distribution is made of. */
export interface Chosen {
  readonly source: DebianSource;
  /** By name. */
  readonly packages: readonly WantedPackage[];
  readonly locked: LockedBase;
}

export interface Choice {
  readonly platform: Platform;
  readonly locked?: LockedBase | undefined;
  /** Besides the minimal system: `name` or `name=version`. */
  readonly packages: readonly string[];
  /** Who may sign, in place of Debian. */
  readonly keys?: readonly PinnedKey[] | undefined;
}

/**
 * The packages of a minimal system (what is Essential or of priority required, and apt) and those that are asked for, with what they
 * need. A lock that holds all that is asked for is the answer; nothing is asked of the archive's index then.
 * @throws ToolError CONFIG_INVALID, PACKAGE_UNRESOLVABLE, LOCK_MISMATCH, and what opening the index gives
 */
export async function choosePackages(
  ctx: Ctx,
  { debian }: Pick<BaseSettings, 'debian'>,
  { platform, locked, packages, keys }: Choice,
): Promise<Chosen> {
  const source = await debianSource(ctx, debian, { platform });
  if (locked && holds(locked, ['apt', ...packages])) {
    return { source, packages: locked.packages, locked };
  }
  const { openIndex } = await import('../../base/debian/index.ts');
  const index = await openIndex(ctx, source, keys === undefined ? {} : { keys });
  const records = resolvePackages(index, [...minimal(index), ...packages], {
    essential: true,
    ...(locked && { locked: locked.packages }),
  });
  const codename = index.releases[0]?.codename ?? source.release;
  return {
    source: { ...source, release: codename },
    packages: records,
    locked: { source: sourceName(index, source), wanted: packages, packages: records.map(lockedPackage) },
  };
}

/** debootstrap's and mmdebstrap's variant "minbase". */
function minimal(index: PackageIndex): string[] {
  const required = index.required().map(({ name }) => name);
  // Only says that /usr is merged, where others would bring Perl modules to merge it.
  const merged = index.versions('usr-is-merged').length > 0 ? ['usr-is-merged'] : [];
  return [...merged, ...required.filter((name) => name !== 'usrmerge'), 'apt', 'debian-archive-keyring'];
}

/** Whether a lock has all packages that are asked for, in the versions that are asked for. */
function holds({ packages }: LockedBase, wanted: readonly string[]): boolean {
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  return wanted.every((text) => {
    const [name = '', version] = text.split('=');
    const there = versions.get(name);
    return there !== undefined && (version === undefined || version === there);
  });
}
