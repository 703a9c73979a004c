import { isToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody, isIndexType, isManifestType } from '../oci/check.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor, Index, Manifest } from '../oci/types.ts';

export interface Reach {
  /** Everything that can be reached. */
  readonly digests: ReadonlySet<Digest>;
  /** What must be there and is not: all but the images that an index names, of which a store may hold some only. */
  readonly required: ReadonlySet<Digest>;
}

/** Follows names through indexes and manifests to configs and layers. What is missing or broken is a leaf. */
export async function reach(source: BlobSource, roots: readonly Descriptor[]): Promise<Reach> {
  const digests = new Set<Digest>();
  const required = new Set<Digest>(roots.map((root) => root.digest));
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (digests.has(next.digest)) continue;
    digests.add(next.digest);
    const body = await bodyOf(source, next);
    if (!body) continue;
    const children = isIndexBody(body)
      ? body.manifests
      : [body.config, ...body.layers.filter((layer) => layer.urls === undefined)];
    if (!isIndexBody(body)) for (const child of children) required.add(child.digest);
    queue.push(...children);
  }
  return { digests, required };
}

async function bodyOf(source: BlobSource, descriptor: Descriptor): Promise<Manifest | Index | undefined> {
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) return undefined;
  try {
    return checkManifest(await source.read(descriptor), descriptor);
  } catch (error) {
    if (isToolError(error, 'NOT_FOUND', 'BLOB_CORRUPT', 'IMAGE_INVALID')) return undefined;
    throw error;
  }
}
