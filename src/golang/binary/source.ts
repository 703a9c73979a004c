import { promises as fs } from 'node:fs';
import { fileError } from '../../core/files.ts';
import { unreadable } from './unreadable.ts';

/** Bytes of an executable, read where they are needed: a file of any size costs only what is asked for. */
export interface ByteSource {
  /** What is being read, for messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes. @throws ToolError BINARY_UNREADABLE when they are not all inside the file. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Runs `work` over an open file, which is closed afterwards. @throws ToolError FILE_UNREADABLE */
export async function withFileSource<R>(file: string, work: (source: ByteSource) => Promise<R>): Promise<R> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(file, 'r');
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable(file, 'it is not a regular file');
    const { size } = stat;
    return await work({
      name: file,
      size,
      read: async (offset, length) => {
        checkInside(file, size, offset, length);
        const buffer = Buffer.allocUnsafe(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
          if (bytesRead === 0) throw unreadable(file, 'it became shorter while it was read');
          done += bytesRead;
        }
        return buffer;
      },
    });
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    await handle.close();
  }
}

/** The same over bytes in memory, for a file of an image. */
export function bufferSource(name: string, bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    name,
    size: buffer.length,
    read: async (offset, length) => {
      checkInside(name, buffer.length, offset, length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

function checkInside(name: string, size: number, offset: number, length: number): void {
  const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!sound || offset + length > size) {
    throw unreadable(name, `it names ${length} bytes at ${offset}, but is ${size} bytes long`);
  }
}
