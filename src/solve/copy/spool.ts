import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Bytes } from '../../oci/image.ts';
import type { BlobStore } from '../../store/blobs.ts';

export interface Spool {
  add(content: Bytes): Promise<{ readonly digest: string; readonly open: () => Bytes }>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** Keeps the contents of an archive one behind the other in one blob: an archive is read once, its files are asked for in any order. */
export function spool(blobs: BlobStore): Spool {
  let writer: Awaited<ReturnType<BlobStore['writer']>> | undefined;
  let at = 0;
  let file = '';
  return {
    add: async (content) => {
      writer ??= await blobs.writer();
      const hash = createHash('sha256');
      const start = at;
      for await (const chunk of content) {
        hash.update(chunk);
        await writer.write(chunk);
        at += chunk.length;
      }
      const end = at;
      const digest = hash.digest('hex');
      // `end` of a stream is inclusive.
      return {
        digest,
        open: () => (end === start ? nothing() : createReadStream(file, { start, end: end - 1 })),
      };
    },
    commit: async () => {
      if (writer) file = blobs.path((await writer.commit()).digest);
    },
    abort: async () => writer?.abort(),
  };
}

/** The content of an empty file. */
export async function* nothing(): AsyncGenerator<Uint8Array> {
  // no bytes
}
