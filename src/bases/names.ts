import { closest } from '../core/closest.ts';
import type { BaseSettings } from './types.ts';

/** How a base comes about. */
export type BaseKind =
  /** Decided by the program. */
  | 'auto'
  /** Files of Coracle's own, or none. */
  | 'plain'
  /** From packages; nothing runs. */
  | 'composed'
  /** Computed from the compiled program. */
  | 'exact'
  /** From packages whose scripts run in the sandbox. */
  | 'distribution'
  /** By reference, from a registry. */
  | 'image';

export interface NamedBase {
  readonly name: string;
  readonly kind: Exclude<BaseKind, 'image'>;
  /** What it is, a few words. */
  readonly means: string;
  /** When it is the right one, a few words. */
  readonly when: string;
  /** Whether `packages` may be added to it. */
  readonly packages: boolean;
}

/** The bases that have a name. Whatever else is named is the reference of an image. */
export const namedBases = [
  {
    name: 'auto',
    kind: 'auto',
    means: 'what this program can use, and nothing else',
    when: 'nearly always',
    packages: false,
  },
  {
    name: 'scratch',
    kind: 'plain',
    means: 'nothing',
    when: 'a static program that reads no file of a system',
    packages: false,
  },
  {
    name: 'static',
    kind: 'plain',
    means: 'CA certificates, users with nonroot, /tmp, time zones, a home directory',
    when: 'a static program that reads files which cannot be told from it',
    packages: false,
  },
  {
    name: 'static-debian',
    kind: 'composed',
    means: "the same from Debian's packages, with names of services",
    when: 'a static program whose image scanners are to know by its packages',
    packages: true,
  },
  {
    name: 'glibc',
    kind: 'composed',
    means: 'static-debian with the C library of Debian',
    when: 'a program of cgo that loads libraries by name or converts texts',
    packages: true,
  },
  {
    name: 'cc',
    kind: 'composed',
    means: 'glibc with the libraries of C++',
    when: 'the same, with parts in C++',
    packages: true,
  },
  {
    name: 'distalpine',
    kind: 'exact',
    means: 'the loader and just the libraries that the program asks for, of glibc or musl',
    when: 'a program of cgo: the least that it can stand on',
    packages: true,
  },
  {
    name: 'debian',
    kind: 'composed',
    means:
      "packages of your own choice (--packages) from Debian, no script run; without packages, Docker Hub's debian",
    when: 'libraries or tools are needed, and no shell to install them',
    packages: true,
  },
  {
    name: 'debian-slim',
    kind: 'distribution',
    means: 'a whole small Debian with shell and package manager',
    when: 'the program starts other programs, or people look around in it',
    packages: true,
  },
  {
    name: 'alpine',
    kind: 'composed',
    means:
      "packages from the repositories of `alpine.repositories`; where neither they nor packages are named, Docker Hub's alpine",
    when: 'a program of musl that wants a shell beside it',
    packages: true,
  },
  {
    name: 'alpine-equivalent',
    kind: 'composed',
    means: "musl and busybox from Debian's packages, in place of Alpine",
    when: 'Alpine cannot be reached',
    packages: true,
  },
] as const satisfies readonly NamedBase[];

export type BaseName = (typeof namedBases)[number]['name'];

/** The base of a name; undefined for what can only be a reference. */
export function namedBase(name: string): NamedBase | undefined {
  return namedBases.find((base) => base.name === name);
}

/**
 * How the base of these settings comes about. `debian` and `alpine` are images of a registry, as they always were, unless something says
 * what to compose them from.
 */
export function baseKind({
  name,
  packages,
  alpine,
}: Pick<BaseSettings, 'name' | 'packages' | 'alpine'>): BaseKind {
  if (name === 'debian' && packages.length === 0) return 'image';
  if (name === 'alpine' && packages.length === 0 && alpine.repositories.length === 0) return 'image';
  return namedBase(name)?.kind ?? 'image';
}

/** The named base that was probably meant by what was taken for an image: `glib` for glibc. */
export function likelyBase(reference: string): BaseName | undefined {
  if (!/^[a-z][a-z0-9-]*$/i.test(reference)) return undefined;
  const guess = closest(
    reference,
    namedBases.map(({ name }) => name),
  );
  return namedBases.find(({ name }) => name === guess && name !== reference)?.name;
}
