import { buildRecipe } from './build-method.ts';
import type { Workshop } from './build-method.ts';
import { emitted } from './emitted.ts';
import { buildFrontend, usesFrontend } from './frontend.ts';
import { recipeOf } from './methods/all.ts';
import type { RowMethod } from './rows.ts';
import type { MethodName } from './types.ts';

/**
 * One of the seven, for the program of a workshop.
 * @throws ToolError UNSUPPORTED, CONFIG_INVALID for settings that no Dockerfile can say
 */
export function makeMethod(shop: Workshop, name: MethodName): RowMethod {
  const { program } = shop;
  const recipe = recipeOf(name, program);
  const apart = name === 'coracle' && usesFrontend(program);
  return {
    ...{ name, kind: 'method', means: recipe.means, recipe, apart },
    dockerfile: emitted(program, recipe),
    build: async (ctx, how) => (apart ? buildFrontend(ctx, shop, how) : buildRecipe(ctx, shop, recipe, how)),
  };
}
