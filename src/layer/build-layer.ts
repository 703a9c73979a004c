import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor } from '../oci/types.ts';
import { compress } from './compress.ts';
import type { Compression } from './compress.ts';
import type { Entry } from './entry.ts';
import { writeTar } from './tar-write.ts';

/** Where a finished layer goes: as much of a blob store as is needed to write one blob. */
export interface BlobSink {
  writer(): Promise<{
    /** Done with the chunk once this has resolved: its memory is used again then. */
    write(chunk: Uint8Array): Promise<void>;
    commit(expect?: { digest?: Digest; size?: number }): Promise<{ digest: Digest; size: number }>;
    abort(): Promise<void>;
  }>;
}

export interface LayerOptions {
  readonly compression: Compression;
  readonly mediaTypeFamily: 'oci' | 'docker';
  /** Threads that compress; as many as the machine has cores by default. */
  readonly cores?: number;
}

export interface BuiltLayer {
  /** Of the compressed blob. */
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly uncompressedSize: number;
}

/**
 * Writes entries as a layer into `blobs`, in one pass: tar, its digest, compressed, stored. The same entries give the same bytes. When it
 * fails nothing is left in `blobs`.
 * @throws ToolError CONFIG_INVALID for a compression that there is not; what writeTar and the sink throw
 */
export async function buildLayer(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  options: LayerOptions,
  blobs: BlobSink,
): Promise<BuiltLayer> {
  const mediaType = layerMediaType(options.compression.kind, options.mediaTypeFamily);
  const hash = createHash('sha256');
  let uncompressedSize = 0;
  const tar = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of writeTar(entries)) {
      hash.update(chunk);
      uncompressedSize += chunk.length;
      yield chunk;
    }
  };
  const compressed = compress(
    tar(),
    options.compression,
    options.cores === undefined ? {} : { cores: options.cores },
  );
  const writer = await blobs.writer();
  try {
    for await (const chunk of compressed) {
      await writer.write(chunk);
      if (options.compression.kind === 'gzip') release(chunk);
    }
    const { digest, size } = await writer.commit();
    return {
      descriptor: { mediaType, digest, size },
      diffId: `sha256:${hash.digest('hex')}`,
      uncompressedSize,
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Gives a written chunk's memory back at once. The collector sees only small objects and would let up to 64 MB of such buffers pile up.
 */
function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** The media type of a layer. @throws ToolError CONFIG_INVALID for zstd with Docker's media types, which have no name for it */
export function layerMediaType(kind: Compression['kind'], family: 'oci' | 'docker'): string {
  if (kind !== 'zstd') return layerTypes[family][kind];
  if (family === 'oci') return mediaTypes.ociLayerZstd;
  throw new ToolError('CONFIG_INVALID', "Docker's media types have none for a layer compressed with zstd", {
    hint: "Use OCI media types (the default) with zstd, or gzip with Docker's.",
  });
}

const layerTypes = {
  oci: { gzip: mediaTypes.ociLayerGzip, none: mediaTypes.ociLayer },
  docker: { gzip: mediaTypes.dockerLayerGzip, none: mediaTypes.dockerLayer },
} as const;
