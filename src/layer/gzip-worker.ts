/**
 * A worker thread that compresses one block after the other: `Job` in, `Done` out. Both move the buffers instead of copying them.
 * A file of its own, also in dist/: gzip-pool.ts starts it by its name.
 */
import { parentPort } from 'node:worker_threads';
import { gzip } from 'libdeflate';
import { movable } from './blocks.ts';

export interface Job {
  readonly block: Uint8Array<ArrayBuffer>;
  readonly level: number;
}

/** The compressed block, and the buffer of the block to be used again; or why there is none. */
export type Done =
  { readonly member: Uint8Array<ArrayBuffer>; readonly block: ArrayBuffer } | { readonly error: string };

parentPort?.on('message', ({ block, level }: Job) => {
  try {
    const member = movable(gzip(block, level));
    const done: Done = { member, block: block.buffer };
    parentPort?.postMessage(done, [member.buffer, block.buffer]);
  } catch (error) {
    const done: Done = { error: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(done);
  }
});
