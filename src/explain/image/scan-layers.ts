import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Layer } from '../../oci/image.ts';
import type { Store } from '../../store/store.ts';
import { recallScan, rememberScan } from './scan-cache.ts';
import { mostEntries, scanLayer } from './scan-layer.ts';
import type { ScannedLayer } from './scan-layer.ts';
import type { Spool } from './spool.ts';

/** Layers read at once: one is fetched or unpacked while another is looked into. */
const atOnce = 2;

/** Reads all layers, each once; those whose digest is known from before, not at all. */
export async function scanLayers(
  ctx: Ctx,
  layers: readonly Layer[],
  options: { readonly store: Store | undefined; readonly spool: Spool | undefined },
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
    const known = options.store && (await recallScan(options.store, layer.digest));
    if (known) {
      say('cached');
      return known;
    }
    say('started');
    try {
      const scanned = await scanLayer(ctx, layer, {
        budget,
        progress: (done) => ctx.emit({ kind: 'progress', id: step.id, done, unit: 'bytes' }),
        ...(options.spool && { keep: options.spool.keeper(index) }),
      });
      if (options.store && scanned.problem === undefined)
        await rememberScan(options.store, layer.digest, scanned);
      say('done');
      return scanned;
    } catch (error) {
      say('failed');
      throw error;
    }
  });
}
