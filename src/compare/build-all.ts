import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import type { Workshop } from './build-method.ts';
import { failureOf } from './failure.ts';
import { basesOf, linkings } from './methods/recipe.ts';
import type { Row } from './rows.ts';

/**
 * Builds every row. What uses nothing of the others is built beside them; these one after the other, as each finds what the one before has
 * compiled, and a go command uses all cores by itself.
 */
export async function buildAll(ctx: Ctx, store: Store, shop: Workshop, rows: readonly Row[]): Promise<void> {
  prepareBases(ctx, shop, rows);
  const build = async (row: Row): Promise<void> => {
    try {
      row.built = await row.method.build(ctx, { directory: shop.program.context });
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!isToolError(error)) throw error;
      row.failure = await failureOf(ctx, store, { phase: 'build', error });
    }
  };
  const apart = rows.filter(({ method }) => method.apart === true);
  const queue = rows.filter((row) => !apart.includes(row)).toSorted((one, other) => turn(one) - turn(other));
  await Promise.all([
    ...apart.map(build),
    (async () => {
      for (const row of queue) await build(row);
    })(),
  ]);
}

/** They are made while the first programs are compiled. What one cannot be made for, the method that asks for it says. */
function prepareBases(ctx: Ctx, { bases }: Workshop, rows: readonly Row[]): void {
  for (const { method } of rows) {
    const { recipe, apart = false } = method;
    if (!recipe || apart) continue;
    for (const base of basesOf(recipe))
      if (base !== 'libraries' && base !== 'auto') bases.get(ctx, base, recipe).catch(() => undefined);
  }
}

/** Those that link alike together, the static ones first: all others share most of what they compile. */
function turn({ method: { recipe } }: Row): number {
  return recipe ? linkings.indexOf(recipe.linking) : linkings.length;
}
