import type { ComparedProgram } from '../program.ts';
import { nonroot } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** Two stages, onto a small distribution with CA certificates. */
export function distro(program: ComparedProgram): Recipe {
  return {
    name: 'distro',
    means: 'Two stages: the program with the C library of Debian, onto slim Debian with CA certificates.',
    linking: program.cgo === false ? 'dynamic' : program.cgo,
    onto: 'debian-slim',
    user: nonroot,
  };
}
