import type { Ctx } from '../../core/ctx.ts';
import { openTarget } from '../../oci/view.ts';
import type { Store } from '../../store/store.ts';
import type { BuiltImage, Output } from '../types.ts';
import type { Exporter } from './exporter.ts';

/** Loaded when asked for: most builds write nowhere but to the store. */
const exporters: Record<Output['type'], () => Promise<Exporter>> = {
  oci: async () => (await import('./oci.ts')).exportOci,
  docker: async () => (await import('./docker.ts')).exportDocker,
  tar: async () => (await import('./rootfs.ts')).exportTar,
  local: async () => (await import('./rootfs.ts')).exportLocal,
  registry: async () => (await import('./registry.ts')).exportRegistry,
  load: async () => (await import('./load.ts')).exportLoad,
};

/** Runs every output, one after the other: they share the disk, and a failure must be told apart. */
export async function exportAll(ctx: Ctx, store: Store, images: readonly BuiltImage[], outputs: readonly Output[]): Promise<void> {
  if (outputs.length === 0) return;
  const results = await Promise.all(
    images.map(async (image) => ({ image, target: await openTarget(store.blobs, image.descriptor) })),
  );
  for (const output of outputs) {
    ctx.signal.throwIfAborted();
    const run = await exporters[output.type]();
    const id = `export-${output.type}-${output.dest ?? ''}`;
    const name = output.dest === undefined ? output.type : `export ${output.type} to ${output.dest}`;
    const shown = output.type !== 'registry'; // tells its steps by itself
    const tell = (state: 'started' | 'done' | 'failed'): void => {
      if (shown) ctx.emit({ kind: 'step', id, name, state, at: ctx.now().getTime() });
    };
    tell('started');
    try {
      await run(results, output, { ctx, store });
      tell('done');
    } catch (error) {
      tell('failed');
      throw error;
    }
  }
}
