import type { Ctx } from '../core/ctx.ts';
import { openStore } from '../store/store.ts';
import type { Pruned, PruneOptions } from '../store/prune.ts';

/** Gives back disk space: what no name and no recent build needs. */
export async function pruneStore(ctx: Ctx, options: PruneOptions): Promise<Pruned> {
  return (await openStore(ctx)).prune(options);
}

export type { Pruned, PruneOptions };
