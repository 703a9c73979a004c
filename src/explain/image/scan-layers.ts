import { availableParallelism } from 'node:os';
import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Layer } from '../../oci/image.ts';
import type { Store } from '../../store/store.ts';
import { recallScan, rememberScan, slotInFile, slotOf } from './scan-cache.ts';
import { mostEntries, scanLayer } from './scan-layer.ts';
import type { ScannedLayer } from './scan-layer.ts';
import { scanThreads, worthAThread } from './scan-thread.ts';
import type { Spool } from './spool.ts';

/** Layers read at once: one is fetched or unpacked while another is looked into. */
const atOnce = 2;

/**
 * Reads all layers, each once; those that are known from before, not at all. The largest are first, so that no core idles while another
 * reads one that came late.
 * @param options.proven the source proves digests when it is asked for a blob; else layers are known by where they lie
 */
export async function scanLayers(
  ctx: Ctx,
  layers: readonly Layer[],
  options: { readonly store: Store; readonly proven: boolean; readonly spool: Spool | undefined },
): Promise<ScannedLayer[]> {
  const budget = { entries: mostEntries };
  const threads = scanThreads(ctx.signal);
  const scanOne = async (layer: Layer, index: number): Promise<ScannedLayer> => {
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
      return known;
    }
    say('started');
    try {
      const progress = (done: number): void => {
        ctx.emit({ kind: 'progress', id: step.id, done, unit: 'bytes' });
      };
      const { spool } = options;
      const apart = layers.length > 1 && layer.size > worthAThread && availableParallelism() > 1;
      const entries = budget.entries;
      const there = apart ? await threads.scan(layer, { index, entries, spool, progress }) : undefined;
      if (there) budget.entries -= there.scan.count;
      const scanned =
        there ??
        (await scanLayer(ctx.signal, layer, {
          budget,
          progress,
          ...(spool && { keep: spool.keeper(index) }),
        }));
      if (slot && scanned.problem === undefined) await rememberScan(options.store, slot, scanned);
      say('done');
      return scanned;
    } catch (error) {
      say('failed');
      throw error;
    }
  };
  const largestFirst = [...layers.entries()].sort(([, a], [, b]) => b.size - a.size);
  try {
    const found = await mapLimit(largestFirst, atOnce, async ([index, layer]) => ({
      index,
      scanned: await scanOne(layer, index),
    }));
    return found.sort((a, b) => a.index - b.index).map(({ scanned }) => scanned);
  } finally {
    await threads.close();
  }
}
