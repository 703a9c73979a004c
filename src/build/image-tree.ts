import type { Entry } from '../layer/entry.ts';
import { mergedTree } from '../layer/flatten.ts';
import { decompress } from '../layer/decompress.ts';
import { readTar } from '../layer/tar-read.ts';
import type { Bytes } from '../oci/image.ts';
import type { SolvedLayer } from '../solve/graph.ts';
import type { Store } from '../store/store.ts';

/**
 * The merged tree of an image's layers, by path. The content of a file can be opened any number of times; each time its layer is read up to
 * it, which is meant for a few libraries, not for many files.
 */
export async function imageTree(store: Store, layers: readonly SolvedLayer[]): Promise<Map<string, Entry>> {
  const open = layers.map(({ descriptor }) => (): Bytes => store.blobs.open(descriptor));
  const tree = await mergedTree(open);
  const entries = [...tree].map(([path, { entry, layer, index }]): [string, Entry] => {
    const layerBytes = open[layer];
    if (entry.type !== 'file' || !layerBytes) return [path, entry];
    return [path, { ...entry, content: () => contentAt(layerBytes, index) }];
  });
  return new Map(entries);
}

async function* contentAt(open: () => Bytes, index: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const entry of readTar(decompress(open()))) {
    if (at++ !== index) continue;
    yield* entry.content?.() ?? [];
    return;
  }
}
