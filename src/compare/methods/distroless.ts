import type { ComparedProgram } from '../program.ts';
import { nonroot } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** The static program on Debian's files for static programs, as distroless images are made. */
export function distroless(program: ComparedProgram): Recipe {
  return {
    name: 'distroless',
    means: "The static program, onto Debian's CA certificates, time zones and users, as nonroot.",
    linking: program.cgo === false ? 'off' : 'static',
    onto: 'static-debian',
    user: nonroot,
  };
}
