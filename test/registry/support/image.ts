import { randomBytes } from 'node:crypto';
import { digestOf } from '../../../src/oci/digest.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { BlobSource, Bytes } from '../../../src/oci/image.ts';
import { mediaTypes } from '../../../src/oci/types.ts';
import type { Descriptor, Platform } from '../../../src/oci/types.ts';

/** Blobs in memory, as a source. */
export interface Memory extends BlobSource {
  readonly blobs: Map<Digest, Uint8Array>;
  add(bytes: Uint8Array, mediaType: string): Descriptor;
}

export function memory(): Memory {
  const blobs = new Map<Digest, Uint8Array>();
  const bytesOf = ({ digest }: Descriptor): Uint8Array => {
    const bytes = blobs.get(digest);
    if (!bytes) throw new Error(`the test has no ${digest}`);
    return bytes;
  };
  return {
    blobs,
    read: async (descriptor) => bytesOf(descriptor),
    open: (descriptor) => inPieces(bytesOf(descriptor)),
    add(bytes, mediaType) {
      const digest = digestOf(bytes);
      blobs.set(digest, bytes);
      return { mediaType, digest, size: bytes.byteLength };
    },
  };
}

export async function* inPieces(bytes: Uint8Array, size = 65_536): Bytes & AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** An image of random layers of the given sizes (bytes). What is in them does not matter to a registry. */
export function addImage(
  to: Memory,
  layerSizes: readonly number[],
  options: { platform?: Platform; subject?: Descriptor; layers?: readonly Descriptor[] } = {},
): Descriptor {
  const { platform = { os: 'linux', architecture: 'amd64' } } = options;
  const layers =
    options.layers ?? layerSizes.map((size) => to.add(randomBytes(size), mediaTypes.ociLayerGzip));
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: to.add(json(config), mediaTypes.ociConfig),
    layers,
    ...(options.subject && { subject: options.subject }),
  };
  return { ...to.add(json(manifest), mediaTypes.ociManifest), platform };
}

export function addIndex(to: Memory, manifests: readonly Descriptor[]): Descriptor {
  return to.add(json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }), mediaTypes.ociIndex);
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export async function collect(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
