import { linksStatically } from '../../golang/build-flags.ts';
import type { ComparedProgram } from '../program.ts';
import type { Recipe } from './recipe.ts';

/** What a first Dockerfile does: one stage, the whole Go image, source and all. */
export function toolchain(program: ComparedProgram): Recipe {
  return {
    name: 'toolchain',
    means: 'One stage: compiled in the Go image, and left there with its source, gcc, git and Go.',
    // A C compiler is at hand, so the go command uses it.
    linking: program.cgo !== false && linksStatically(program.cgo) ? 'static' : 'dynamic',
    plain: true,
    onto: 'toolchain',
  };
}
