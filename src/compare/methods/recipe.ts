/**
 * methods/ says what each way of making an image is, as data, and writes it down as the Dockerfile that it is. It must not know how
 * Dockerfiles are built, nor where bases come from.
 */
import { linksStatically } from '../../golang/build-flags.ts';
import type { ComparedProgram } from '../program.ts';
import type { MethodName } from '../types.ts';

/** The images that methods stand on; each is a name in FROM, and an archive when a method is written down for others. */
export const baseNames = [
  'toolchain',
  'toolchain-musl',
  'debian-slim',
  'alpine',
  'static-debian',
  'libraries',
  'auto',
] as const;
export type BaseName = (typeof baseNames)[number];

/** How a program is linked: without C, with the C library beside it, with all of it inside, with musl beside it, or with musl inside. */
export const linkings = ['off', 'dynamic', 'static', 'musl', 'static-musl'] as const;
export type Linking = (typeof linkings)[number];

export interface Recipe {
  readonly name: MethodName;
  /** One sentence: what is built how, onto what. */
  readonly means: string;
  readonly linking: Linking;
  /** Nothing is said to the compiler but what the program's own settings say. */
  readonly plain?: boolean;
  /** What lies under the program; `toolchain` is the stage in which it is built. */
  readonly onto: BaseName | 'scratch';
  /** As USER has it, unless the program's settings name one; undefined is what the base says. */
  readonly user?: string;
}

/** Numeric, so that Kubernetes' runAsNonRoot can be decided without a passwd file. */
export const nonroot = '65532:65532';

/** The stage in which a recipe compiles. */
export function builderOf({ linking }: Pick<Recipe, 'linking'>): BaseName {
  return linking === 'musl' || linking === 'static-musl' ? 'toolchain-musl' : 'toolchain';
}

/** How a program with C is linked where nothing must lie beside it: as it says itself, else with glibc inside. */
export function staticLinking({ cgo }: Pick<ComparedProgram, 'cgo'>): Linking {
  if (cgo === false) return 'off';
  return linksStatically(cgo) ? cgo : 'static';
}

/** How a program with C is linked where something can lie beside it: static only when it says so. */
export function ownLinking({ cgo }: Pick<ComparedProgram, 'cgo'>): Linking {
  return cgo === false ? 'off' : cgo;
}

/** Every base of a recipe. */
export function basesOf(recipe: Recipe): BaseName[] {
  const { onto } = recipe;
  return [...new Set([builderOf(recipe), ...(onto === 'scratch' ? [] : [onto])])];
}
