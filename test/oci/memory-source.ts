import { ToolError } from '../../src/core/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { BlobSource } from '../../src/oci/image.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Descriptor, Platform } from '../../src/oci/types.ts';

/** Blobs in memory, and how often each was read: a real BlobSource, without verification of its own. */
export interface MemorySource extends BlobSource {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly reads: Digest[];
  add(bytes: Uint8Array | string, mediaType: string, extra?: Partial<Descriptor>): Descriptor;
}

export function memorySource(): MemorySource {
  const blobs = new Map<Digest, Uint8Array>();
  const reads: Digest[] = [];
  const find = ({ digest }: Descriptor): Uint8Array => {
    reads.push(digest);
    const bytes = blobs.get(digest);
    if (!bytes) throw new ToolError('NOT_FOUND', `no blob ${digest}`);
    return bytes;
  };
  return {
    blobs,
    reads,
    add: (content, mediaType, extra = {}) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const digest = digestOf(bytes);
      blobs.set(digest, bytes);
      return { mediaType, digest, size: bytes.byteLength, ...extra };
    },
    read: async (descriptor) => find(descriptor),
    open: async function* (descriptor) {
      yield find(descriptor);
    },
  };
}

/** Adds a small image: its layers hold any bytes, their diff ids are those bytes' own digests. */
export function addImage(
  source: MemorySource,
  platform: Platform,
  layers: readonly string[] = ['layer'],
): Descriptor {
  const descriptors = layers.map((text) => source.add(text, mediaTypes.ociLayer));
  const config = source.add(
    JSON.stringify({
      ...platform,
      rootfs: { type: 'layers', diff_ids: descriptors.map((layer) => layer.digest) },
    }),
    mediaTypes.ociConfig,
  );
  return source.add(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: descriptors }),
    mediaTypes.ociManifest,
  );
}

export function addIndex(source: MemorySource, manifests: readonly Descriptor[]): Descriptor {
  return source.add(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
    mediaTypes.ociIndex,
  );
}
