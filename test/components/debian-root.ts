import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { call } from './program.ts';

/** To be raised when what is made changes. */
const version = 1;

/** Codename of the machine's Debian; `bookworm` elsewhere. */
export function debianSuite(): string {
  return /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
}

/** Writes a small Debian and `packages` as a tar, by mmdebstrap; documents are left out. */
export async function makeDebianRoot(tar: string, packages: readonly string[]): Promise<void> {
  // The machine's own sources where it has them in the place of today's Debian.
  const sources = '/etc/apt/sources.list.d/debian.sources';
  await call([
    'mmdebstrap',
    '--quiet',
    '--variant=minbase',
    ...(packages.length > 0 ? [`--include=${packages.join(',')}`] : []),
    ...['doc', 'locale', 'man'].map((what) => `--dpkgopt=path-exclude=/usr/share/${what}/*`),
    // Link-time optimisation needs as much space as all the rest.
    '--customize-hook=rm -f "$1"/usr/lib/gcc/*/*/lto1',
    debianSuite(),
    tar,
    ...(existsSync(sources) ? [sources] : []),
  ]);
}

/** A small Debian with setcap and setfattr, made once and kept in the test cache. @returns the tar */
export async function debianRoot(): Promise<string> {
  const place = await cached(`debian-root-${version}-${debianSuite()}`, async (fresh) =>
    makeDebianRoot(path.join(fresh, 'root.tar'), ['libcap2-bin', 'attr']),
  );
  return path.join(place, 'root.tar');
}
