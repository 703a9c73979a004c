import { execFileSync } from 'node:child_process';
import { openIndex } from '../../../src/base/debian/index.ts';
import { resolvePackages } from '../../../src/base/debian/resolve.ts';
import type { LockedPackage } from '../../../src/base/debian/types.ts';
import type { Ctx } from '../../../src/core/ctx.ts';
import type { BaseSettings, LockedBase } from '../../../src/bases/types.ts';
import { aptDebs, makeDeb } from '../../components/deb.ts';
import type { Deb } from '../../components/deb.ts';
import { startDebianMirror } from '../../components/debian-mirror.ts';
import type { DebianMirror } from '../../components/debian-mirror.ts';
import type { DebianTrees } from '../../components/debian-trees.ts';

/** Names of the packages that a tar of a system has installed. */
export function installedPackages(tar: string): string[] {
  const status = execFileSync('tar', ['-xOf', tar, './var/lib/dpkg/status'], {
    maxBuffer: 64 * 1024 * 1024,
  }).toString();
  return [...status.matchAll(/^Package: (.*)$/gm)].map(([, name = '']) => name);
}

/** A mirror of all packages of mmdebstrap's minimal system, fetched through apt once, and of packages that tests write. */
export async function startMirror(trees: DebianTrees, own: readonly Deb[] = []): Promise<DebianMirror> {
  const packages = await aptDebs(installedPackages(trees.minbase));
  return startDebianMirror({ release: trees.suite, packages: [...packages, ...own] });
}

export function settingsFor(mirror: DebianMirror, more: Partial<BaseSettings> = {}): BaseSettings {
  const { release, mirrors } = mirror.source();
  return {
    ...{
      name: 'debian-slim',
      packages: [],
      slim: false,
      omit: [],
      verify: [],
      alpine: { repositories: [], keys: [], ignoreScripts: [] },
    },
    debian: { release, mirror: mirrors.archive, securityMirror: mirrors.security },
    ...more,
  };
}

/** A lock of exactly these packages. */
export async function lockOf(ctx: Ctx, mirror: DebianMirror, names: readonly string[]): Promise<LockedBase> {
  const index = await openIndex(ctx, mirror.source(), { keys: mirror.keys });
  const packages = names.flatMap((name): LockedPackage[] => index.versions(name).slice(0, 1));
  return { source: 'a test', wanted: [], packages };
}

/** The least in which dpkg runs scripts, with packages of the test: `apt` is a name without a program. */
export async function smallLock(ctx: Ctx, mirror: DebianMirror, own: readonly string[]): Promise<LockedBase> {
  const index = await openIndex(ctx, mirror.source(), { keys: mirror.keys });
  const needed = [
    'dpkg',
    'dash',
    'coreutils',
    'base-files',
    'base-passwd',
    'sed',
    'grep',
    'findutils',
    'diffutils',
    'libc-bin',
  ];
  const records = resolvePackages(
    index,
    needed.filter((name) => index.versions(name).length > 0),
    {},
  );
  const { packages } = await lockOf(ctx, mirror, own);
  return {
    source: 'a test',
    wanted: [],
    packages: [...records.filter(({ name }) => !own.includes(name)), ...packages],
  };
}

/** Stands for apt, which a lock must have, in systems that are not about apt; and merges /usr. */
export const smallDebs: readonly Deb[] = [makeDeb({ Package: 'usr-is-merged', Architecture: 'all' })];
