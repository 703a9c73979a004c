import { ToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody, isIndexType, isManifestType } from '../oci/check.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';

/** What is to be written: an image or index that a source has, and its names (full references; none is allowed). */
export interface ArchiveItem {
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
  readonly names: readonly string[];
}

export interface Blob {
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
}

/**
 * Every blob that the items need, each once: an index before its images, a manifest before its config and layers. Layers that
 * live elsewhere by their own word (`urls`) are left out.
 * @throws ToolError NOT_FOUND, BLOB_CORRUPT, IMAGE_INVALID
 */
export async function collectBlobs(items: readonly ArchiveItem[]): Promise<Blob[]> {
  const blobs = new Map<Digest, Blob>();
  const visit = async (blob: Blob): Promise<void> => {
    const known = blobs.get(blob.descriptor.digest);
    if (known && known.descriptor.size !== blob.descriptor.size) {
      throw new ToolError('IMAGE_INVALID', `${blob.descriptor.digest} is said to have two sizes`);
    }
    if (known) return;
    blobs.set(blob.descriptor.digest, blob);
    for (const child of await childrenOf(blob)) await visit({ descriptor: child, source: blob.source });
  };
  for (const { descriptor, source } of items) await visit({ descriptor, source });
  return [...blobs.values()];
}

async function childrenOf({ descriptor, source }: Blob): Promise<readonly Descriptor[]> {
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) return [];
  const body = checkManifest(await source.read(descriptor), descriptor);
  if (isIndexBody(body)) return body.manifests;
  return [body.config, ...body.layers.filter((layer) => layer.urls === undefined)];
}
