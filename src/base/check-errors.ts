import { ToolError } from '../core/errors.ts';
import type { Binary } from '../golang/binary/read.ts';
import { debianPackagesOf } from './exact/debian-names.ts';
import { isMusl } from './library-path.ts';

/** What is in an image that people have at hand: Debian's releases and their glibc. */
const debian = [
  { name: 'bullseye', glibc: '2.31' },
  { name: 'bookworm', glibc: '2.36' },
  { name: 'trixie', glibc: '2.41' },
] as const;

const staticHint = 'build it without C (--cgo off) or with C linked in (--cgo static)';

export function cannotRun(message: string, options: { hint: string }): ToolError {
  return new ToolError('BASE_CANNOT_RUN', message, options);
}

/** No file at the path of the loader, without which the kernel only says "no such file or directory". */
export function missingLoader(binary: Binary, loader: string, base: string, baseHasMusl: boolean): ToolError {
  const image = isMusl(loader)
    ? '--base distalpine, --base alpine:3'
    : '--base auto, --base glibc, --base debian:stable-slim';
  const libc = isMusl(loader) ? 'musl' : 'glibc';
  const has = baseHasMusl && libc === 'glibc' ? `, it has musl's` : '';
  const message = `${base} has no ${loader}, the ${libc} loader that the program asks for${has}`;
  if (binary.needed.length === 0) {
    return cannotRun(message, {
      hint: `Leave out -buildmode=pie, which asks for a loader, or take a base with ${libc}: ${image}`,
    });
  }
  return cannotRun(message, {
    hint: `The program uses C libraries (${binary.needed.join(', ')}): ${staticHint}, or take a base with ${libc}: ${image}`,
  });
}

export function missingLibrary(name: string, asker: string, base: string, musl: boolean): ToolError {
  const [own] = musl ? [] : debianPackagesOf(name);
  const inDebian =
    /^(?:libc|libm|libdl|libpthread|librt|libresolv|libutil|libgcc_s|libstdc\+\+|libz)\.so/.test(name);
  const image =
    inDebian && !musl
      ? 'Take an image that has it (--base debian:stable-slim)'
      : `Take an image that has it (one made from ${musl ? 'alpine' : 'debian'} with the package of ${name} installed)`;
  const composed =
    own === undefined ? '' : `, let --base auto find it, add its package to a base (--packages ${own})`;
  return cannotRun(`${base} has no ${name}, which ${asker} needs`, {
    hint: `${image}${composed}, or ${staticHint}.`,
  });
}

export interface VersionGap {
  readonly asker: string;
  readonly library: string;
  /** `GLIBC_2.38` */
  readonly missing: string;
  readonly defines: readonly string[];
}

export function missingVersion(gap: VersionGap, base: string): ToolError {
  const newest = gap.defines
    .filter((name) => prefixOf(name) === prefixOf(gap.missing))
    .sort(byVersion)
    .at(-1);
  const has = newest === undefined ? '' : ` (it goes up to ${newest})`;
  const wanted = /^GLIBC_([\d.]+)$/.exec(gap.missing)?.[1];
  const release =
    wanted === undefined ? undefined : debian.find(({ glibc }) => byVersion(glibc, wanted) >= 0);
  const image = release
    ? `debian:${release.name}-slim has glibc ${release.glibc}`
    : 'a newer release of the same image may have it';
  return cannotRun(`${gap.library} of ${base} has no ${gap.missing}${has}, which ${gap.asker} needs`, {
    hint: `The machine it is built on has a newer C library: take a newer base (${image}), or ${staticHint}.`,
  });
}

function prefixOf(version: string): string {
  return version.slice(0, version.indexOf('_') + 1);
}

function byVersion(one: string, other: string): number {
  const numbers = (text: string): number[] => (/[\d.]+$/.exec(text)?.[0] ?? '').split('.').map(Number);
  const [left, right] = [numbers(one), numbers(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
