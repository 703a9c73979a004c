import { isToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody, isIndexType, isManifestType } from '../oci/check.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';

/** What an image or an index is made of. */
export interface Reachable {
  readonly manifests: ReadonlyMap<Digest, Descriptor>;
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
}

/** Indexes in indexes, and manifests in all: more are nobody's. */
const deepest = 8;
const mostManifests = 1000;

/**
 * Everything that a descriptor names, directly or not. Manifests of an index that the source does not have (other platforms, attestations) are left out.
 * @throws ToolError NOT_FOUND, BLOB_CORRUPT, IMAGE_INVALID for the descriptor itself
 */
export async function reachable(source: BlobSource, descriptor: Descriptor): Promise<Reachable> {
  const manifests = new Map<Digest, Descriptor>();
  const blobs = new Map<Digest, Descriptor>();
  const walk = async (from: Descriptor, depth: number): Promise<void> => {
    if (manifests.has(from.digest) || depth > deepest || manifests.size >= mostManifests) return;
    const body = checkManifest(await source.read(from), from);
    manifests.set(from.digest, from);
    if (!isIndexBody(body)) {
      for (const blob of [body.config, ...body.layers]) blobs.set(blob.digest, blob);
      return;
    }
    for (const child of body.manifests) {
      if (!isIndexType(child.mediaType) && !isManifestType(child.mediaType)) continue;
      await walk(child, depth + 1).catch((error: unknown) => {
        if (!isToolError(error, 'NOT_FOUND')) throw error;
      });
    }
  };
  await walk(descriptor, 0);
  return { manifests, blobs };
}
