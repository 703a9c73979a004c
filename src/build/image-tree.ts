import { applyLayer } from '../layer/apply.ts';
import type { Entry } from '../layer/entry.ts';
import { readLayer } from '../layer/read-layer.ts';
import type { Store } from '../store/store.ts';
import type { ImageLayer } from './layers.ts';

/** The merged tree of an image's layers, by path. Contents can be opened again and again, each time by reading the layer up to them. */
export async function imageTree(store: Store, layers: readonly ImageLayer[]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  for (const { descriptor } of layers) {
    await applyLayer(
      tree,
      readLayer({ mediaType: descriptor.mediaType, open: () => store.blobs.open(descriptor) }),
    );
  }
  return tree;
}
