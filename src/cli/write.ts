import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../core/errors.ts';

/**
 * Writes all of `text` to a standard stream without loading Node's stream machinery, which costs milliseconds at start-up, and
 * without losing the end of it when the process exits. A reader that has gone away (`| head`) is no error.
 * @returns false when the reader has gone
 */
export async function writeAll(fd: 1 | 2, text: string | Uint8Array): Promise<boolean> {
  let bytes = typeof text === 'string' ? Buffer.from(text) : text;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EPIPE' || code === 'EBADF') return false;
      if (code !== 'EAGAIN') throw error;
      await sleep(5); // a full pipe that somebody set to non-blocking
    }
  }
  return true;
}
