import { writeSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';

/** Writes progress to stderr at once. What cannot be written (reader gone, pipe full) is dropped: progress never fails a command. */
export function errorStream(text: string): void {
  let bytes = Buffer.from(text);
  for (let tries = 0; bytes.length > 0 && tries < 100; tries++) {
    try {
      bytes = bytes.subarray(writeSync(2, bytes));
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
