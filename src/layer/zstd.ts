import { once } from 'node:events';
import { constants, createZstdCompress } from 'node:zlib';
import type { Bytes } from '../oci/image.ts';
import { blocksOf } from './blocks.ts';

/** Bytes given to the compressor at a time. Part of what the compressed bytes are, as memberSize is. */
const step = 1024 * 1024;

/**
 * Compresses to one zstd frame (RFC 8878) by Node's own zstd, with one thread. The bytes depend on zstd's version, which comes with Node.
 * The compressor sees the same calls whatever the chunks were: steps of one size, each finished before the next, then the end.
 */
export async function* compressToZstd(bytes: Bytes, level: number): AsyncGenerator<Uint8Array> {
  const stream = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: 256 * 1024,
  });
  const feed = async (): Promise<void> => {
    for await (const { block } of blocksOf(bytes, step)) {
      if (block.length === 0) continue;
      await new Promise<void>((resolve, reject) => {
        stream.write(block, (error) => (error ? reject(error) : resolve()));
      });
    }
    stream.end();
  };
  const fed = feed().catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
    await fed;
  } finally {
    if (!stream.closed) {
      stream.destroy();
      await once(stream, 'close');
    }
  }
}
