import { alpineEquivalentPackages } from '../base/alpine/equivalent.ts';
import { ownVariant, variants } from '../base/debian/variants.ts';
import type { Variant } from '../base/debian/variants.ts';
import type { BaseSettings } from './types.ts';

const all: Readonly<Record<string, Variant>> = variants;

/**
 * The list of Debian's packages that a composed base is made from. Authorities that the user adds need the package that makes the bundle.
 */
export function debianVariant(
  { name, packages }: Pick<BaseSettings, 'name' | 'packages'>,
  extraCa: boolean,
): Variant {
  const own = ownVariant(packages);
  const named = name === 'alpine-equivalent' ? ownVariant(alpineEquivalentPackages) : all[name];
  const asked = new Set(packages.map((text) => text.replace(/=.*/, '')));
  const wanted = [...(named?.packages.filter((one) => !asked.has(one)) ?? []), ...packages];
  const authorities = extraCa && !wanted.some((text) => text.replace(/=.*/, '') === 'ca-certificates');
  return {
    packages: [...wanted, ...(authorities ? ['ca-certificates'] : [])],
    without: (named?.without ?? own.without).filter((one) => !asked.has(one.name)),
    means: named?.means ?? own.means,
  };
}

/** What an Alpine base holds when nobody says what: no package manager, as nothing is to be installed. */
const alpineUsual = ['alpine-baselayout', 'busybox', 'ca-certificates-bundle', 'musl'];

/** The list of Alpine's packages that `alpine` is composed from: those that are named are all, as of `debian`. */
export function alpineWanted({ packages }: Pick<BaseSettings, 'packages'>): readonly string[] {
  return packages.length > 0 ? packages : alpineUsual;
}
