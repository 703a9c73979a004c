import type { Digest } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import type { BlobStore } from '../../src/store/blobs.ts';

const encoder = new TextEncoder();

/** Puts a text as a blob and describes it. */
export async function putText(blobs: BlobStore, text: string, mediaType: string): Promise<Descriptor> {
  const { digest, size } = await blobs.put(encoder.encode(text));
  return { mediaType, digest, size };
}

export interface PutImage {
  readonly descriptor: Descriptor;
  /** Manifest, config, layers. */
  readonly digests: readonly Digest[];
}

/** Puts a small image; `seed` makes it another one. */
export async function putImage(blobs: BlobStore, seed: string): Promise<PutImage> {
  const layer = await putText(blobs, `layer ${seed}`, mediaTypes.ociLayer);
  const body = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const config = await putText(blobs, JSON.stringify(body), mediaTypes.ociConfig);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
  const descriptor = await putText(blobs, JSON.stringify(manifest), mediaTypes.ociManifest);
  return { descriptor, digests: [descriptor.digest, config.digest, layer.digest] };
}
