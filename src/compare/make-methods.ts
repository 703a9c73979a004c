import type { Ctx } from '../core/ctx.ts';
import { buildRecipe } from './build-method.ts';
import type { Workshop } from './build-method.ts';
import { emitted } from './emitted.ts';
import { buildFrontend, usesFrontend } from './frontend.ts';
import type { Method } from './method.ts';
import { recipeOf } from './methods/all.ts';
import type { MethodName } from './types.ts';

/** A method whose steps others may share, so that it is known which are built first. */
export interface OwnMethod extends Method {
  readonly name: MethodName;
  /** Runs beside the others, as nothing of theirs is used. */
  readonly apart: boolean;
}

/** @throws ToolError UNSUPPORTED, CONFIG_INVALID for settings that no Dockerfile can say */
export function makeMethod(shop: Workshop, name: MethodName): OwnMethod {
  const { program } = shop;
  const recipe = recipeOf(name, program);
  const apart = name === 'coracle' && usesFrontend(program);
  return {
    name,
    kind: 'method',
    means: recipe.means,
    dockerfile: emitted(program, recipe),
    apart,
    build: async (ctx: Ctx, how) =>
      apart ? buildFrontend(ctx, shop, how) : buildRecipe(ctx, shop, recipe, how),
  };
}
