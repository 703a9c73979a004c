/**
 * Blobs by digest: `<root>/blobs/sha256/<hex>`. What goes in is hashed, what comes out is hashed again; other bytes than the
 * name says are set aside in `<root>/quarantine` and never given out.
 */
import { promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ToolError, isToolError, systemCode } from '../core/errors.ts';
import { fileError, sha256File } from '../core/files.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource, Bytes } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { checkSmall, verifyBytes, verifyStream } from '../oci/verify.ts';
import { createWriter } from './blob-writer.ts';
import type { BlobWriter, Expected, Written } from './blob-writer.ts';
import type { Place } from './place.ts';

export type { BlobWriter, Expected, Written };

export interface BlobStore extends BlobSource {
  /** The blob's size in bytes (which may be 0), if it is there. Counts as a use. */
  has(digest: Digest): Promise<number | undefined>;
  /** Where the blob is or would be. Who reads it there goes round the verification. */
  path(digest: Digest): string;
  /**
   * Stores bytes and gives their digest. A blob that is there already is not written again; with `expect.digest` a stream is
   * not even read then.
   * @throws ToolError BLOB_CORRUPT when the bytes are not what was expected; DISK_FULL, STORE_UNWRITABLE
   */
  put(bytes: Bytes | Uint8Array, expect?: Expected): Promise<Written>;
  writer(): Promise<BlobWriter>;
  remove(digest: Digest): Promise<void>;
}

/** Bytes read at once. Larger ones are no faster, and pile up until the collector comes (150 MB in place of 107). */
const chunkSize = 64 * 1024;

export function openBlobs(place: Place): BlobStore {
  const pathOf = (digest: Digest): string => path.join(place.root, 'blobs', 'sha256', hexOf(digest));
  const has = async (digest: Digest): Promise<number | undefined> => {
    const file = pathOf(digest);
    const stat = await fs.stat(file).catch(() => undefined);
    if (!stat) return undefined;
    await place.lease();
    await place.touch(file, stat.mtimeMs);
    return stat.size;
  };
  const writer = async (): Promise<BlobWriter> => {
    await place.lease();
    return createWriter(place, pathOf, has);
  };
  return {
    has,
    path: pathOf,
    writer,
    read: async (descriptor) => readWhole(place, pathOf(descriptor.digest), descriptor),
    open: (descriptor) => readStream(place, pathOf(descriptor.digest), descriptor),
    put: async (bytes, expect = {}) => {
      const digest = bytes instanceof Uint8Array ? digestOf(bytes) : expect.digest;
      if (bytes instanceof Uint8Array)
        verifyBytes(bytes, { digest: digestOf(bytes), size: bytes.byteLength, ...expect }, 'blob');
      const size = digest && (await has(digest));
      const wanted = bytes instanceof Uint8Array ? bytes.byteLength : expect.size;
      if (digest && size !== undefined && (wanted === undefined || size === wanted)) return { digest, size };
      return copy(bytes instanceof Uint8Array ? [bytes] : bytes, await writer(), expect);
    },
    remove: async (digest) => fs.rm(pathOf(digest), { force: true }),
  };
}

async function copy(
  bytes: Bytes | Iterable<Uint8Array>,
  writer: BlobWriter,
  expect: Expected,
): Promise<Written> {
  try {
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.byteLength;
      // Ends an endless stream before it fills the disk.
      if (expect.size !== undefined && size > expect.size) {
        throw new ToolError(
          'BLOB_CORRUPT',
          `${expect.digest ?? 'a blob'} has more bytes than the ${expect.size} that were promised`,
        );
      }
      await writer.write(chunk);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return writer.commit(expect);
}

async function readWhole(place: Place, file: string, descriptor: Descriptor): Promise<Uint8Array> {
  checkSmall(descriptor);
  const handle = await openSound(place, file, descriptor);
  try {
    const bytes = await handle.readFile();
    verifyBytes(bytes, descriptor, 'store');
    return bytes;
  } catch (error) {
    throw await judge(place, error, descriptor.digest, file);
  } finally {
    await handle.close();
  }
}

async function* readStream(
  place: Place,
  file: string,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await openSound(place, file, descriptor);
  try {
    yield* verifyStream(chunks(handle), descriptor, 'store');
  } catch (error) {
    throw await judge(place, error, descriptor.digest, file);
  } finally {
    await handle.close();
  }
}

/** The file's bytes from its beginning, each chunk in memory of its own; the next one is read while one is in use. */
async function* chunks(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const next = async (position: number): Promise<Uint8Array> => {
    const { buffer, bytesRead } = await handle.read(
      Buffer.allocUnsafeSlow(chunkSize),
      0,
      chunkSize,
      position,
    );
    return buffer.subarray(0, bytesRead);
  };
  let pending = next(0);
  try {
    for (let position = 0; ;) {
      const chunk = await pending;
      if (chunk.byteLength === 0) return;
      position += chunk.byteLength;
      pending = next(position);
      yield chunk;
    }
  } finally {
    await pending.catch(() => undefined); // the handle must not be closed under it
  }
}

/** Opens a blob of the size that the descriptor says, or finds out who of the two is wrong. */
async function openSound(place: Place, file: string, { digest, size }: Descriptor): Promise<FileHandle> {
  const handle = await fs.open(file, 'r').catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR')
      throw fileError(error, 'read', file);
    throw new ToolError('NOT_FOUND', `the store has no blob ${digest}`, {
      hint: 'Pull or build the image again.',
    });
  });
  try {
    const stat = await handle.stat();
    await place.lease();
    await place.touch(file, stat.mtimeMs);
    if (stat.size === size) return handle;
    if (`sha256:${await sha256File(file)}` !== digest) throw await setAside(place, digest, file);
    throw new ToolError(
      'IMAGE_INVALID',
      `${digest} has ${stat.size} bytes, but what refers to it says ${size}`,
    );
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function judge(place: Place, error: unknown, digest: Digest, file: string): Promise<unknown> {
  if (isToolError(error, 'BLOB_CORRUPT')) return setAside(place, digest, file);
  return fileError(error, 'read', file);
}

/** Moves a damaged blob out of the way, so that the next command fetches or builds it again. */
export async function setAside(place: Place, digest: Digest, file: string): Promise<ToolError> {
  const quarantine = path.join(place.root, 'quarantine');
  // Where even that is impossible (a read-only store) the blob is still refused.
  await fs.mkdir(quarantine, { recursive: true }).catch(() => undefined);
  await fs.rename(file, path.join(quarantine, `${hexOf(digest)}-${Date.now()}`)).catch(() => undefined);
  return new ToolError('BLOB_CORRUPT', `the store's blob ${digest} is damaged; it was set aside`, {
    hint: 'Run the same command again: the blob is fetched or built anew.',
  });
}
