import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileError } from '../../core/files.ts';

/** Bytes that lie in a file of this machine as they are. */
export interface FilePart {
  readonly file: string;
  /** Byte at which they begin. */
  readonly offset: number;
  readonly size: number;
}

/** Where a program's bytes come from. */
export interface ProgramBytes {
  /** @throws whatever its source throws */
  read(): Promise<Buffer>;
  /** Set when another thread can read them as well. */
  readonly part?: FilePart;
}

/** The bytes; fewer when the file ends before. @throws ToolError FILE_UNREADABLE */
export function readPart({ file, offset, size }: FilePart): Buffer {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const there = Math.max(0, Math.min(size, fstatSync(handle).size - offset));
    const buffer = Buffer.allocUnsafeSlow(there);
    let done = 0;
    while (done < there) {
      const bytesRead = readSync(handle, buffer, done, there - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** The bytes; undefined when the file ends before. @throws ToolError FILE_UNREADABLE */
export function wholePart(part: FilePart): Buffer | undefined {
  const bytes = readPart(part);
  return bytes.length === part.size ? bytes : undefined;
}
