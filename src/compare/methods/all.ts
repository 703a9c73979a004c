import type { ComparedProgram } from '../program.ts';
import type { MethodName } from '../types.ts';
import { alpine } from './alpine.ts';
import { coracle } from './coracle.ts';
import { distalpine } from './distalpine.ts';
import { distro } from './distro.ts';
import { distroless } from './distroless.ts';
import type { Recipe } from './recipe.ts';
import { scratch } from './scratch.ts';
import { toolchain } from './toolchain.ts';

const recipes: Record<MethodName, (program: ComparedProgram) => Recipe> = {
  ...{ toolchain, distro, alpine, scratch, distalpine, distroless, coracle },
};

/** What a method is for this program. */
export function recipeOf(name: MethodName, program: ComparedProgram): Recipe {
  return recipes[name](program);
}
