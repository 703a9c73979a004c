import { mkdirSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { call, findProgram } from './program.ts';
import type { Probe } from './program.ts';

/** Debian's own doing, to compare with: packages as they were fetched, what they unpack to, and a system in which their scripts ran. */
export interface DebianTrees {
  /** Directory of .deb files: all that `extract` was made of. */
  readonly packages: string;
  /** Tar of `mmdebstrap --variant=extract`: unpacked, nothing run. */
  readonly extract: string;
  /** Tar of `mmdebstrap --variant=minbase`: a small system, scripts run. */
  readonly minbase: string;
  /** Codename of the machine's Debian. */
  readonly suite: string;
}

export const canMakeTrees: Probe = () =>
  findProgram('mmdebstrap') === undefined ? 'mmdebstrap not installed' : undefined;

/** To be raised when what is made changes. */
const version = 1;

const extracted =
  'base-files,base-passwd,bash,ca-certificates,dash,libc-bin,libc6,libgcc-s1,libstdc++6,mawk,netbase,tzdata';
const installed = 'ca-certificates,netbase,tzdata,mawk';

/** Made the first time, from the machine's own sources, and kept in the test cache. */
export async function debianTrees(): Promise<DebianTrees> {
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
  const place = await cached(`debian-trees-${version}-${suite}`, async (fresh) => {
    mkdirSync(path.join(fresh, 'packages'));
    await Promise.all([
      mmdebstrap('extract', extracted, path.join(fresh, 'extract.tar'), suite, [
        `--extract-hook=cp "$1"/var/cache/apt/archives/*.deb ${path.join(fresh, 'packages')}`,
      ]),
      mmdebstrap('minbase', installed, path.join(fresh, 'minbase.tar'), suite, []),
    ]);
  });
  return {
    packages: path.join(place, 'packages'),
    extract: path.join(place, 'extract.tar'),
    minbase: path.join(place, 'minbase.tar'),
    suite,
  };
}

async function mmdebstrap(
  variant: string,
  include: string,
  tar: string,
  suite: string,
  options: readonly string[],
): Promise<void> {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  await call([
    'mmdebstrap',
    '--quiet',
    `--variant=${variant}`,
    `--include=${include}`,
    ...options,
    suite,
    tar,
    ...(existsSync(sources) ? [sources] : []),
  ]);
}
