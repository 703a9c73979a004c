import { promises as fs } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';

const chunkSize = 64 * 1024;

/**
 * `size` bytes of a file from `offset` on, each chunk in memory of its own. The file is opened when the first byte is asked for.
 * @throws ToolError FILE_UNREADABLE; IMAGE_INVALID when the file ends before
 */
export async function* readRange(
  file: string,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await fs.open(file, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  try {
    for (let done = 0; done < size;) {
      const wanted = Math.min(chunkSize, size - done);
      const { buffer, bytesRead } = await handle.read(
        Buffer.allocUnsafeSlow(wanted),
        0,
        wanted,
        offset + done,
      );
      if (bytesRead === 0) throw cut(file);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    await handle.close();
  }
}

export function cut(file: string): ToolError {
  return new ToolError('IMAGE_INVALID', `${file} ends in the middle of a file`, {
    hint: 'The archive was cut off: make or fetch it again.',
  });
}
