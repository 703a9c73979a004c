import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const step = 512 * 1024;

/** SHA-256 of a file; undefined when it cannot be read. */
export function hashFile(file: string): Buffer | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const buffer = Buffer.allocUnsafe(step);
    const hash = createHash('sha256');
    for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer))
      hash.update(buffer.subarray(0, read));
    return hash.digest();
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
