import type { ComparedProgram } from '../program.ts';
import { nonroot, ownLinking } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** What `coracle build` makes: static and stripped where it can be, on the base that the program decides. */
export function coracle(program: ComparedProgram): Recipe {
  return {
    name: 'coracle',
    means:
      program.cgo === false
        ? 'Static, stripped, and the files that this program can use.'
        : 'Stripped, on the base that the compiled program decides.',
    linking: ownLinking(program),
    onto: 'auto',
    user: nonroot,
  };
}
