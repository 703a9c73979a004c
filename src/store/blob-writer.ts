import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Place } from './place.ts';
import { openTemp, publish, storeError } from './write.ts';

/** What the caller knows of a blob before it is written. */
export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
}

export interface Written {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface BlobWriter {
  /** The chunk may be used again once this has resolved. One call at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Puts the blob into its place, for ever. The writer is finished then, whatever comes out.
   * @throws ToolError BLOB_CORRUPT when it is not what was expected
   */
  commit(expect?: Expected): Promise<Written>;
  /** Forgets everything. Harmless after `commit`. */
  abort(): Promise<void>;
}

export async function createWriter(
  place: Place,
  pathOf: (digest: Digest) => string,
  has: (digest: Digest) => Promise<number | undefined>,
): Promise<BlobWriter> {
  // Blobs are never changed: read-only, so that nobody does by mistake.
  const { file: temp, handle } = await openTemp(place, 0o444);
  const hash = createHash('sha256');
  let size = 0;
  let open = true;
  const abort = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await handle.close();
    await fs.rm(temp, { force: true }).catch(() => undefined);
  };
  const failing = async (error: unknown): Promise<unknown> => {
    await abort();
    return storeError(error, temp);
  };
  return {
    abort,
    write: async (chunk) => {
      try {
        // The thread pool writes while this thread hashes.
        const written = writeAll(handle, chunk, size);
        hash.update(chunk);
        size += chunk.byteLength;
        await written;
      } catch (error) {
        throw await failing(error);
      }
    },
    commit: async (expect = {}) => {
      try {
        const digest: Digest = `sha256:${hash.digest('hex')}`;
        checkExpected({ digest, size }, expect);
        if ((await has(digest)) === size) {
          await abort();
          return { digest, size };
        }
        await handle.sync();
        open = false;
        await handle.close();
        await publish(temp, pathOf(digest), { sync: true });
        return { digest, size };
      } catch (error) {
        await fs.rm(temp, { force: true }).catch(() => undefined);
        throw await failing(error);
      }
    },
  };
}

async function writeAll(handle: fs.FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, position + done);
    done += bytesWritten;
  }
}

function checkExpected(actual: Written, expect: Expected): void {
  if (expect.size !== undefined && expect.size !== actual.size) {
    throw new ToolError(
      'BLOB_CORRUPT',
      `${expect.digest ?? 'a blob'} has ${actual.size} bytes where ${expect.size} were promised`,
    );
  }
  if (expect.digest !== undefined && expect.digest !== actual.digest) {
    throw new ToolError('BLOB_CORRUPT', `the bytes of ${expect.digest} have the digest ${actual.digest}`);
  }
}
