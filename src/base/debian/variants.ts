/**
 * Bases as lists of packages. What a package says that it needs comes along, but for what its maintainer scripts alone need: they are
 * not run, and what they make is made in another way.
 */
import { resolvePackages } from './resolve.ts';
import type { ResolveOptions } from './resolve.ts';
import type { Composition, PackageIndex, PackageRecord } from './types.ts';

export interface Variant {
  readonly packages: readonly string[];
  /** Packages, also virtual ones, that do not come along although others need them. */
  readonly without: readonly Without[];
  /** For whom it is. */
  readonly means: string;
}

export interface Without {
  readonly name: string;
  readonly why: string;
}

/** Left out of every variant, unless it is asked for by name. */
export const scriptsOnly: readonly Without[] = [
  { name: 'debconf', why: 'asks questions for maintainer scripts, which are not run' },
  { name: 'debconf-2.0', why: 'asks questions for maintainer scripts, which are not run' },
  { name: 'openssl', why: 'makes the hash links of ca-certificates, which are made without it' },
  { name: 'awk', why: 'base-files needs one for the scripts of others' },
  { name: 'libc-bin', why: 'tools of the C library; its loader needs no cache' },
];

/** libc6 and libgcc-s1 need each other. */
const noCompilerRuntime: Without = {
  name: 'libgcc-s1',
  why: 'libc6 loads it to cancel threads and to trace calls; programs of C++ link with it (cc has it)',
};

const staticPackages = ['base-files', 'ca-certificates', 'netbase', 'tzdata'];

export const variants = {
  'static-debian': {
    packages: staticPackages,
    without: scriptsOnly,
    means: 'static programs: authorities, time zones, users, names of services',
  },
  glibc: {
    packages: [...staticPackages, 'libc6'],
    without: [...scriptsOnly, noCompilerRuntime],
    means: 'programs of cgo that need the C library alone',
  },
  cc: {
    packages: [...staticPackages, 'libc6', 'libgcc-s1', 'libstdc++6'],
    without: scriptsOnly,
    means: 'programs with parts in C++',
  },
} as const satisfies Readonly<Record<string, Variant>>;

export type VariantName = keyof typeof variants;

/** A variant of the user's own packages. A package that is asked for is never left out. */
export function ownVariant(packages: readonly string[]): Variant {
  const names = new Set(packages.map((name) => name.replace(/=.*/, '')));
  return {
    packages,
    without: scriptsOnly.filter(({ name }) => !names.has(name)),
    means: 'packages of your own choice',
  };
}

/**
 * A variant's packages with what they need, and what of that was left out.
 * @throws ToolError PACKAGE_UNRESOLVABLE, LOCK_MISMATCH
 */
export function resolveVariant(
  index: PackageIndex,
  { packages, without }: Variant,
  options: Pick<ResolveOptions, 'locked'> = {},
): { readonly packages: PackageRecord[]; readonly without: Composition['omitted'] } {
  const records = resolvePackages(index, packages, { ...options, without: without.map(({ name }) => name) });
  const needed = new Set(
    records.flatMap(({ preDepends, depends }) => [...preDepends, ...depends].flat().map(({ name }) => name)),
  );
  return {
    packages: records,
    without: without
      .filter(({ name }) => needed.has(name))
      .map(({ name, why }) => ({ path: `package ${name}`, why })),
  };
}
