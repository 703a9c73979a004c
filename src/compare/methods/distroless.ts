import type { ComparedProgram } from '../program.ts';
import { nonroot, staticLinking } from './recipe.ts';
import type { Recipe } from './recipe.ts';

/** The static program on Debian's files for static programs, as distroless images are made. */
export function distroless(program: ComparedProgram): Recipe {
  return {
    name: 'distroless',
    means: "The static program, onto Debian's CA certificates, time zones and users, as nonroot.",
    linking: staticLinking(program),
    onto: 'static-debian',
    user: nonroot,
  };
}
