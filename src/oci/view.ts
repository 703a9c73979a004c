import { ToolError } from '../core/errors.ts';
import {
  checkConfig,
  checkManifest,
  isIndexBody,
  isIndexType,
  isManifestType,
  manifestType,
} from './check.ts';
import { isIndex } from './image.ts';
import type { BlobSource, Image, ImageIndex, Layer } from './image.ts';
import { formatPlatform, matchPlatform, platformRuns } from './platform.ts';
import type { Descriptor, Index, Manifest, Platform } from './types.ts';

/** Indexes in indexes: deeper ones are nobody's. */
const deepestIndex = 8;

/**
 * A lazy view of what the descriptor names, over any source. Nothing is read here when the media type says what it is.
 * @throws ToolError IMAGE_INVALID when it is neither an image nor an index; NOT_FOUND, BLOB_CORRUPT
 */
export async function openTarget(source: BlobSource, descriptor: Descriptor): Promise<Image | ImageIndex> {
  if (isIndexType(descriptor.mediaType)) return openIndex(source, descriptor);
  if (isManifestType(descriptor.mediaType)) return openImage(source, descriptor);
  return openTarget(source, { ...descriptor, mediaType: manifestType(await source.read(descriptor)) });
}

/**
 * The one image for a platform: of an index the best match, at any depth; of a single image that image, if it is for it.
 * @throws ToolError NOT_FOUND with a list of the platforms there are
 */
export async function platformImage(target: Image | ImageIndex, platform: Platform): Promise<Image> {
  const found = await findImage(target, platform, 0);
  if (found) return found;
  const offered = await listPlatforms(target);
  throw new ToolError(
    'NOT_FOUND',
    `${target.descriptor.digest} has no image for ${formatPlatform(platform)}`,
    {
      hint: `It has: ${offered.length === 0 ? 'none at all' : offered.join(', ')}.`,
    },
  );
}

function openImage(source: BlobSource, descriptor: Descriptor): Image {
  const raw = lazy(async () => source.read(descriptor));
  const manifest = lazy(async (): Promise<Manifest> => {
    const body = checkManifest(await raw(), descriptor);
    if (isIndexBody(body))
      throw new ToolError('IMAGE_INVALID', `${descriptor.digest} is an index where an image is expected`);
    return body;
  });
  const rawConfig = lazy(async () => source.read((await manifest()).config));
  const config = lazy(async () => checkConfig(await rawConfig()));
  const layers = lazy(async (): Promise<readonly Layer[]> => {
    const [{ layers: descriptors }, { rootfs }] = [await manifest(), await config()];
    if (descriptors.length !== rootfs.diff_ids.length) {
      throw new ToolError(
        'IMAGE_INVALID',
        `${descriptor.digest} has ${descriptors.length} layers, but its config names ${rootfs.diff_ids.length}`,
      );
    }
    return descriptors.flatMap((layer, index) => {
      const diffId = rootfs.diff_ids[index];
      return diffId === undefined ? [] : [layerView(source, layer, diffId)];
    });
  });
  return { descriptor, raw, manifest, rawConfig, config, layers };
}

function layerView(source: BlobSource, layer: Descriptor, diffId: Layer['diffId']): Layer {
  const { mediaType, digest, size, annotations } = layer;
  return {
    mediaType,
    digest,
    size,
    diffId,
    ...(annotations && { annotations }),
    open: () => source.open(layer),
    ...(source.locate && { locate: async () => source.locate?.(layer) }),
  };
}

function openIndex(source: BlobSource, descriptor: Descriptor): ImageIndex {
  const raw = lazy(async () => source.read(descriptor));
  const index = lazy(async (): Promise<Index> => {
    const body = checkManifest(await raw(), descriptor);
    if (!isIndexBody(body))
      throw new ToolError('IMAGE_INVALID', `${descriptor.digest} is an image where an index is expected`);
    return body;
  });
  return { descriptor, raw, index, child: async (child) => openTarget(source, child) };
}

async function findImage(
  target: Image | ImageIndex,
  platform: Platform,
  depth: number,
): Promise<Image | undefined> {
  if (!isIndex(target)) return platformRuns(platform, await target.config()) ? target : undefined;
  if (depth >= deepestIndex)
    throw new ToolError(
      'IMAGE_INVALID',
      `${target.descriptor.digest}: indexes are nested deeper than ${deepestIndex} levels`,
    );
  const { manifests } = await target.index();
  const match = matchPlatform(platform, manifests);
  if (match) {
    const child = await target.child(match);
    return isIndex(child) ? findImage(child, platform, depth + 1) : child;
  }
  // An entry may leave its platform out; then its config tells.
  for (const entry of manifests.filter((item) => item.platform === undefined && isImageLike(item))) {
    const found = await findImage(await target.child(entry), platform, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function isImageLike({ mediaType, artifactType }: Descriptor): boolean {
  return artifactType === undefined && (isIndexType(mediaType) || isManifestType(mediaType));
}

async function listPlatforms(target: Image | ImageIndex): Promise<string[]> {
  if (!isIndex(target)) return [formatPlatform(await target.config())];
  const { manifests } = await target.index();
  // BuildKit's attestations are entries for "unknown/unknown".
  const named = manifests.flatMap(({ platform }) =>
    platform && platform.os !== 'unknown' ? [formatPlatform(platform)] : [],
  );
  return [...new Set(named)].toSorted();
}

/** Computes once; a failure is forgotten, so that a later call may try again. */
function lazy<T>(compute: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return async () => {
    pending ??= compute().catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
}
