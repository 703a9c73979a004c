/**
 * methods/ says what each way of making an image is, as data, and writes it down as the Dockerfile that it is. It must not know how
 * Dockerfiles are built, nor where bases come from.
 */
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

/** How a program is linked: without C, with the C library beside it, with all of it inside, or with musl beside it. */
export const linkings = ['off', 'dynamic', 'static', 'musl'] as const;
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
  return linking === 'musl' ? 'toolchain-musl' : 'toolchain';
}

/** Every base of a recipe. */
export function basesOf(recipe: Recipe): BaseName[] {
  const { onto } = recipe;
  return [...new Set([builderOf(recipe), ...(onto === 'scratch' ? [] : [onto])])];
}
