import { availableParallelism } from 'node:os';
import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Layer } from '../../oci/image.ts';
import type { Store } from '../../store/store.ts';
import { recallScan, rememberScan, slotInFile, slotOf, withHashes } from './scan-cache.ts';
import { mostEntries, scanLayer } from './scan-layer.ts';
import type { ScannedLayer } from './scan-layer.ts';
import { scanInThread, worthAThread } from './scan-thread.ts';
import type { Spool } from './spool.ts';

/** Layers read at once: one is fetched or unpacked while another is looked into. */
const atOnce = 2;

/**
 * Reads all layers, each once; those that are known from before, not at all.
 * @param options.proven the source proves digests when it is asked for a blob; else layers are known by where they lie
 */
export async function scanLayers(
  ctx: Ctx,
  layers: readonly Layer[],
  options: { readonly store: Store; readonly proven: boolean; readonly spool: Spool | undefined },
): Promise<ScannedLayer[]> {
  const budget = { entries: mostEntries };
  return mapLimit(layers, atOnce, async (layer, index) => {
    const step = {
      kind: 'step',
      id: `layer ${index}`,
      name: `read layer ${index + 1} of ${layers.length}`,
    } as const;
    const say = (state: 'started' | 'done' | 'cached' | 'failed'): void => {
      ctx.emit({ ...step, state, at: ctx.now().getTime() });
    };
    const slot = options.proven ? slotOf(layer.digest) : await slotInFile(layer, ctx.now());
    const known = slot && (await recallScan(options.store, slot));
    if (known) {
      say('cached');
      return withHashes(options.store, known, slot);
    }
    say('started');
    try {
      const progress = (done: number): void => {
        ctx.emit({ kind: 'progress', id: step.id, done, unit: 'bytes' });
      };
      const { spool } = options;
      const { signal } = ctx;
      const apart = layers.length > 1 && layer.size > worthAThread && availableParallelism() > 1;
      const entries = budget.entries;
      const there = apart
        ? await scanInThread(layer, { index, entries, spool, progress, signal })
        : undefined;
      if (there) budget.entries -= there.scan.count;
      const scanned =
        there ??
        (await scanLayer(signal, layer, { budget, progress, ...(spool && { keep: spool.keeper(index) }) }));
      if (slot && scanned.problem === undefined) await rememberScan(options.store, slot, scanned);
      say('done');
      return await withHashes(options.store, scanned, slot);
    } catch (error) {
      say('failed');
      throw error;
    }
  });
}
