/** Layers of an image that are elsewhere: a cache or a base told of them, and nothing has needed their bytes yet. */
import { mapLimit } from '../../core/concurrency.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Bytes } from '../../oci/image.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { Store } from '../../store/store.ts';
import type { BuiltImage, BuiltPlatform } from '../types.ts';

/** Layers that are asked for at once; the downloads among them share a few lanes. */
const sideBySide = 8;

/** The store; but a blob of a known layer that is elsewhere comes when it is read. */
export function withArrivals(store: Store, snapshots: Snapshots): Store {
  async function* open(descriptor: Descriptor): Bytes & AsyncGenerator<Uint8Array> {
    if ((await store.blobs.has(descriptor.digest)) !== descriptor.size) await snapshots.bring(descriptor);
    yield* store.blobs.open(descriptor);
  }
  return { ...store, blobs: { ...store.blobs, open } };
}

/** Brings an image's layers into the store. */
export async function bringAll(snapshots: Snapshots, platforms: readonly BuiltPlatform[]): Promise<void> {
  await mapLimit([...layersOf(platforms).values()], sideBySide, async (layer) => snapshots.bring(layer));
}

/**
 * True when the store has all of the image. A name is a promise of that: one that cannot be kept is taken away, and means again what
 * the registry says.
 */
export async function isWhole(store: Store, image: BuiltImage): Promise<boolean> {
  for (const { digest, size } of layersOf(image.platforms).values()) {
    if ((await store.blobs.has(digest)) === size) continue;
    for (const reference of image.references) await store.refs.remove(reference);
    return false;
  }
  return true;
}

/** By digest. */
export function layersOf(platforms: readonly BuiltPlatform[]): ReadonlyMap<Digest, Descriptor> {
  const layers = platforms.flatMap((platform) => platform.layers);
  return new Map(layers.map(({ mediaType, digest, size }) => [digest, { mediaType, digest, size }]));
}
