import { assignment } from '../solve/exec/environment.ts';
import type { ComparedProgram } from './program.ts';
import { dockerfileOf } from './methods/dockerfile.ts';
import type { Place } from './methods/dockerfile.ts';
import { dockerWord } from './methods/words.ts';
import { basesOf } from './methods/recipe.ts';
import type { BaseName, Recipe } from './methods/recipe.ts';

/** Of a base that is written beside its Dockerfiles. */
export interface EmittedBase {
  readonly name: BaseName;
  /** Relative to the directory of the Dockerfiles; the lowest first. */
  readonly archives: readonly string[];
  readonly env: readonly string[];
  /** What people would write in FROM in its place. */
  readonly standsFor?: string;
}

/** Where everything lies in a directory of Dockerfiles. */
export const emittedSource = 'source';
export const emittedFiles = 'files';
/** Says whose directory it is. */
export const emittedMarker = 'README.coracle';

export function archiveName(name: BaseName, method: string): string {
  return name === 'libraries' || name === 'auto' ? `bases/${name}-${method}.tar.gz` : `bases/${name}.tar.gz`;
}

/**
 * The Dockerfile of a recipe for any builder: no mounts, no registry, bases from archives beside it.
 * @param bases what is known of them; what is not is named all the same
 */
export function emitted(
  program: ComparedProgram,
  recipe: Recipe,
  bases: readonly EmittedBase[] = basesOf(recipe).map((name) => ({
    ...{ name, archives: [archiveName(name, recipe.name)], env: [] },
  })),
): string {
  const place: Place = {
    preamble: bases.flatMap((base) => ['', ...stageOf(base)]),
    source: `${emittedSource}/`,
    files: { below: emittedFiles },
    compile: { args: ['GOPROXY'], mounts: [], cleanUp: true },
  };
  return dockerfileOf(program, recipe, place);
}

function stageOf({ name, archives, env, standsFor }: EmittedBase): string[] {
  return [
    ...(standsFor === undefined ? [] : [`# In place of: FROM ${standsFor} AS ${name}`]),
    `FROM scratch AS ${name}`,
    ...archives.map((archive) => `ADD ${archive} /`),
    ...(env.length === 0 ? [] : [`ENV ${env.map(assigned).join(' \\\n    ')}`]),
  ];
}

function assigned(text: string): string {
  const [name, value] = assignment(text);
  return `${name}=${dockerWord(value)}`;
}
