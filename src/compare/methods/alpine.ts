import type { ComparedProgram } from '../program.ts';
import { nonroot } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** Two stages onto Alpine: a static program, or one that is linked with musl when it compiles C. */
export function alpine(program: ComparedProgram): Recipe {
  return {
    name: 'alpine',
    means:
      program.cgo === false
        ? 'Two stages: the static program, onto Alpine.'
        : 'Two stages: the program built with musl, onto Alpine.',
    linking: program.cgo === false ? 'off' : 'musl',
    onto: 'alpine',
    user: nonroot,
  };
}
