import type { Ctx } from '../../core/ctx.ts';
import { interruptible } from '../../oci/interruptible.ts';
import { openTarget } from '../../oci/view.ts';
import type { Store } from '../../store/store.ts';
import { step } from '../times.ts';
import type { BuiltImage, Output, RegistrySettings } from '../types.ts';
import type { Exporter } from './exporter.ts';
import type { HomeOf } from './registry.ts';

/** Loaded when asked for: most builds write nowhere but to the store. */
const exporters: Record<Exclude<Output['type'], 'registry'>, () => Promise<Exporter>> = {
  oci: async () => (await import('./archives.ts')).exportOci,
  docker: async () => (await import('./archives.ts')).exportDocker,
  tar: async () => (await import('./rootfs.ts')).exportTar,
  local: async () => (await import('./rootfs.ts')).exportLocal,
  load: async () => (await import('./load.ts')).exportLoad,
};

/** Runs every output, one after the other: they share the disk, and a failure must be told apart. */
export async function exportAll(
  ctx: Ctx,
  store: Store,
  images: readonly BuiltImage[],
  outputs: readonly Output[],
  settings: Readonly<Record<string, RegistrySettings>>,
  homeOf?: HomeOf,
): Promise<void> {
  if (outputs.length === 0) return;
  const stoppable = { ...store, blobs: { ...store.blobs, ...interruptible(store.blobs, ctx.signal) } };
  const results = await Promise.all(
    images.map(async (image) => ({ image, target: await openTarget(stoppable.blobs, image.descriptor) })),
  );
  for (const output of outputs) {
    ctx.signal.throwIfAborted();
    if (output.type === 'registry') {
      const { pushAll } = await import('./registry.ts');
      await pushAll(ctx, stoppable, images, settings, homeOf);
      continue;
    }
    const run = await exporters[output.type]();
    const name = output.dest === undefined ? output.type : `export ${output.type} to ${output.dest}`;
    await step(ctx, name, async () => run(results, output, { ctx, store: stoppable }));
  }
}
