import type { ComparedProgram } from '../program.ts';
import { nonroot, staticLinking } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** The static program, and nothing else. */
export function scratch(program: ComparedProgram): Recipe {
  return {
    name: 'scratch',
    means:
      program.cgo === false
        ? 'The static program, and nothing else.'
        : 'The program with the C library linked into it, and nothing else.',
    linking: staticLinking(program),
    onto: 'scratch',
    user: nonroot,
  };
}
