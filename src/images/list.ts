import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { mapLimit } from '../core/concurrency.ts';
import { isIndex, type Image } from '../oci/image.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Descriptor } from '../oci/types.ts';
import { openTarget } from '../oci/view.ts';
import { openStore, type Store } from '../store/store.ts';
import type { StoredRef } from '../store/refs.ts';

/** A name in the store and what it stands for. */
export interface ListedImage {
  readonly name: string;
  /** Without the tag, as people write it. */
  readonly repository: string;
  readonly tag: string;
  readonly descriptor: Descriptor;
  readonly platforms: readonly string[];
  /** Bytes of all layers as stored; a layer that several platforms share counts once. */
  readonly size: number;
  /** When the name was given, in milliseconds since the epoch. */
  readonly at: number;
  /** What is wrong with it, if something is. */
  readonly damaged?: string;
}

/** Lists the images that have a name in the store; a damaged one is listed as such. */
export async function listImages(ctx: Ctx): Promise<ListedImage[]> {
  const store = await openStore(ctx);
  return mapLimit(await store.refs.list(), 8, async (ref) => listOne(store, ref));
}

async function listOne(store: Store, { name, descriptor, at }: StoredRef): Promise<ListedImage> {
  const { tag = '', ...reference } = parseReference(name);
  const common = { name, repository: formatReference(reference, { short: true }), tag, descriptor, at };
  try {
    const images = await imagesOf(store, descriptor);
    const layers = new Map<string, number>();
    const platforms: string[] = [];
    for (const image of images) {
      platforms.push(formatPlatform(await image.config()));
      for (const layer of await image.layers()) layers.set(layer.digest, layer.size);
    }
    return { ...common, platforms, size: [...layers.values()].reduce((sum, size) => sum + size, 0) };
  } catch (error) {
    if (!isToolError(error)) throw error;
    return { ...common, platforms: [], size: 0, damaged: error.message };
  }
}

/** The images for platforms; attestations have none. */
async function imagesOf(store: Store, descriptor: Descriptor): Promise<Image[]> {
  const target = await openTarget(store.blobs, descriptor);
  if (!isIndex(target)) return [target];
  const { manifests } = await target.index();
  const real = manifests.filter(({ platform }) => platform === undefined || platform.os !== 'unknown');
  const children = await Promise.all(real.map(async (child) => target.child(child)));
  return children.flatMap((child) => (isIndex(child) ? [] : [child]));
}
