import type { ComparedProgram } from '../program.ts';
import { nonroot } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** The dynamic program on the libraries that it asks for. */
export function distalpine(program: ComparedProgram): Recipe {
  const dynamic = program.cgo !== false || program.resolves;
  return {
    name: 'distalpine',
    means: dynamic
      ? 'The dynamic program, its loader and just the libraries that it asks for.'
      : 'The program, which nothing makes dynamic, and the files that it can use.',
    linking: dynamic ? 'dynamic' : 'off',
    onto: 'libraries',
    user: nonroot,
  };
}
