import { promises as fs, readSync } from 'node:fs';
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

/** Bytes that can be read without waiting, too. */
export interface FileSource extends ByteSource {
  /** Fills `target` from `offset` on, with nothing else running meanwhile. @throws as `read` */
  fill(target: Buffer, offset: number): void;
  /** All bytes, where they are in memory anyway. */
  readonly whole?: Buffer;
}

/** Runs `work` over an open file, which is closed afterwards. @throws ToolError FILE_UNREADABLE */
export async function withFileSource<R>(file: string, work: (source: FileSource) => Promise<R>): Promise<R> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(file, 'r');
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable(file, 'it is not a regular file');
    return await work(partSource(file, handle, { offset: 0, size: stat.size }));
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    await handle.close();
  }
}

/** A part of an open file. `name` is for messages. */
export function partSource(
  name: string,
  handle: fs.FileHandle,
  part: { readonly offset: number; readonly size: number },
): FileSource {
  const { size } = part;
  const shorter = (): Error => unreadable(name, 'it became shorter while it was read');
  return {
    name,
    size,
    read: async (offset, length) => {
      checkInside(name, size, offset, length);
      const buffer = Buffer.allocUnsafe(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(buffer, done, length - done, part.offset + offset + done);
        if (bytesRead === 0) throw shorter();
        done += bytesRead;
      }
      return buffer;
    },
    fill: (target, offset) => {
      checkInside(name, size, offset, target.length);
      for (let done = 0; done < target.length;) {
        const bytesRead = readSync(
          handle.fd,
          target,
          done,
          target.length - done,
          part.offset + offset + done,
        );
        if (bytesRead === 0) throw shorter();
        done += bytesRead;
      }
    },
  };
}

/** The same over bytes in memory, for a file of an image. */
export function bufferSource(name: string, bytes: Uint8Array): FileSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    name,
    size: buffer.length,
    read: async (offset, length) => {
      checkInside(name, buffer.length, offset, length);
      return buffer.subarray(offset, offset + length);
    },
    fill: (target, offset) => {
      checkInside(name, buffer.length, offset, target.length);
      buffer.copy(target, 0, offset);
    },
    whole: buffer,
  };
}

function checkInside(name: string, size: number, offset: number, length: number): void {
  const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!sound || offset + length > size) {
    throw unreadable(name, `it names ${length} bytes at ${offset}, but is ${size} bytes long`);
  }
}
