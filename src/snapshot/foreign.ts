import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { unpackLayer } from '../layer/read-layer.ts';
import { readTar } from '../layer/tar-read.ts';
import { whiteoutOf } from '../layer/whiteout.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { pour } from './unpackable.ts';

/** A layer that came as a blob. */
export interface ForeignBlob {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** One reading of a layer's blob. */
export interface Reading {
  readonly entries: AsyncIterable<Entry>;
  /**
   * When all was read: bytes of the tar.
   * @throws ToolError IMAGE_INVALID when the tar is not what the diffID says
   */
  prove(): number;
}

/** Reads a blob of the store; its digest is proven by the store, its diffID by `prove`. */
export function readForeign(blobs: BlobSource, { descriptor, diffId }: ForeignBlob): Reading {
  const { mediaType } = descriptor;
  const sum = createHash('sha256');
  let size = 0;
  const tar = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of unpackLayer({ mediaType, open: () => blobs.open(descriptor) })) {
      sum.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  return {
    entries: readTar(tar()),
    prove: () => {
      const actual = `sha256:${sum.digest('hex')}`;
      if (actual === diffId) return size;
      throw new ToolError(
        'IMAGE_INVALID',
        `layer ${descriptor.digest} unpacks to ${actual}, but the image's config says ${diffId}`,
        {
          hint: 'The image is broken or was tampered with: nothing of it is used. Take it from its publisher again, or name another one.',
        },
      );
    },
  };
}

/** What a layer holds, without writing it anywhere. */
export async function indexForeign(entries: AsyncIterable<Entry>, signal: AbortSignal): Promise<LayerIndex> {
  const index: IndexEntry[] = [];
  for await (const { content, ...entry } of entries) {
    signal.throwIfAborted();
    if (entry.type !== 'file' || whiteoutOf(entry.path).kind !== 'none') {
      index.push(entry);
      continue;
    }
    const { size, digest } = await pour({ ...entry, ...(content && { content }) }, ignore, truncated);
    if (size !== entry.size) throw truncated(entry);
    index.push({ ...entry, digest });
  }
  return index;
}

function ignore(): void {
  // only the digest is wanted
}

/** A content that is not as long as its entry says; the reader of tars finds that before us. */
export function truncated({ path }: IndexEntry): ToolError {
  return new ToolError('IMAGE_INVALID', `the layer's ${JSON.stringify(path)} is not as long as it says`);
}
