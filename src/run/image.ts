import type { Ctx } from '../core/ctx.ts';
import { pullImage } from '../images/copy.ts';
import { resolveSource, type Source } from '../images/source.ts';
import { formatReference } from '../oci/reference.ts';
import type { BlobSource, Image } from '../oci/image.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../oci/platform.ts';
import type { ImageConfig, Platform } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import type { LayerId, Snapshots } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';
import type { RunRequest } from './types.ts';

/** An image that can be run: what it says, and its layers. */
export interface Runnable {
  readonly name: string;
  readonly digest: string;
  readonly config: ImageConfig;
  /** Lowest first; their blobs are in the store. */
  readonly layers: readonly LayerId[];
}

/**
 * Finds the image, wherever it is, and brings what is missing of it into the store.
 * @throws ToolError NOT_FOUND, REFERENCE_INVALID, and whatever registries and archives give
 */
export async function openImage(
  ctx: Ctx,
  store: Store,
  snapshots: Snapshots,
  { image: text, platform: wanted, access }: Pick<RunRequest, 'image' | 'platform' | 'access'>,
): Promise<Runnable> {
  const platform = wanted === undefined ? hostPlatform() : parsePlatform(wanted);
  const source = await local(ctx, text, platform, access);
  const image = await platformImage(await openTarget(source.source, source.descriptor), platform);
  const [config, layers] = await Promise.all([
    image.config(),
    layersOf(store, snapshots, source.source, image),
  ]);
  return { name: source.name, digest: image.descriptor.digest, config, layers };
}

/** Where the image can be read from at once: what only its registry has is pulled, under its name. */
async function local(
  ctx: Ctx,
  text: string,
  platform: Platform,
  access: RunRequest['access'],
): Promise<Source> {
  const found = await resolveSource(ctx, text, access);
  if (found.place.kind !== 'registry') return found;
  const from = formatReference(found.place.reference);
  await pullImage(ctx, { from, platform: formatPlatform(platform), access });
  return resolveSource(ctx, `store:${from}`, access);
}

async function layersOf(
  store: Store,
  snapshots: Snapshots,
  source: BlobSource,
  image: Image,
): Promise<LayerId[]> {
  return (await image.layers()).map(({ mediaType, digest, size, diffId }) => {
    const descriptor = { mediaType, digest, size };
    return snapshots.foreign({ descriptor, diffId }, async () => {
      if ((await store.blobs.has(digest)) !== size)
        await store.blobs.put(source.open(descriptor), { digest, size });
    });
  });
}
