import { setImmediate as turn } from 'node:timers/promises';
import { semaphore } from '../core/concurrency.ts';
import type { Bytes } from '../oci/image.ts';
import { blocksOf, movable } from './blocks.ts';
import { gzipInThread, isWarm } from './gzip-pool.ts';
import type { Compressed } from './gzip-pool.ts';
import type { Job } from './gzip-worker.ts';

/** Input bytes of one gzip member. Part of what the compressed bytes are: changing it changes every digest. */
export const memberSize = 1024 * 1024;

/**
 * Compresses to gzip (RFC 1952): one member for each MiB of input, each on its own, so that all cores work and the bytes do not depend on
 * how many there are. The members' headers hold no time and no name. An input of one member is compressed here when no thread runs
 * yet: starting one costs more.
 */
export async function* gzipMembers(bytes: Bytes, level: number, cores: number): AsyncGenerator<Uint8Array> {
  const spare: ArrayBuffer[] = [];
  const inFlight: Promise<Compressed>[] = [];
  const lanes = semaphore(cores);
  const stopped = new AbortController();
  /** Gives out finished members, in order, until no more than `most` blocks are under way. */
  const finished = async function* (most: number): AsyncGenerator<Uint8Array> {
    while (inFlight.length > most) {
      const next = inFlight.shift();
      if (!next) return;
      const { member, block } = await next;
      spare.push(block);
      yield member;
    }
  };
  try {
    const allocate = (): Uint8Array<ArrayBuffer> =>
      new Uint8Array(spare.pop() ?? new ArrayBuffer(memberSize));
    let first = true;
    for await (const { block, last } of blocksOf(bytes, memberSize, allocate)) {
      const here = cores === 1 || (first && last && !isWarm());
      first = false;
      const job: Job = { block, level };
      const result = lanes.run(async () => {
        stopped.signal.throwIfAborted();
        return here ? gzipHere(job) : gzipInThread(job, cores);
      });
      result.catch(() => undefined); // awaited below, in order, unless an earlier one failed
      inFlight.push(result);
      yield* finished(cores + 1);
    }
    yield* finished(0);
  } finally {
    stopped.abort();
  }
}

/** The same on this thread. */
async function gzipHere({ block, level }: Job): Promise<Compressed> {
  const gzip = await loadGzip();
  await turn(); // a signal or a timer gets its turn between blocks
  return { member: movable(gzip(block, level)), block: block.buffer };
}

let loaded: Promise<(input: Uint8Array, level: number) => Uint8Array> | undefined;

/**
 * Loads libdeflate into this thread. Its Emscripten wrapper listens to uncaught errors of the process, to throw them again;
 * these listeners are taken away, as what happens with an uncaught error is the command line's business.
 */
async function loadGzip(): Promise<(input: Uint8Array, level: number) => Uint8Array> {
  loaded ??= import('libdeflate').then(({ gzip }) => {
    const uncaught = process.listeners('uncaughtException');
    const unhandled = process.listeners('unhandledRejection');
    gzip(new Uint8Array(0), 1);
    for (const listener of process.listeners('uncaughtException')) {
      if (!uncaught.includes(listener)) process.off('uncaughtException', listener);
    }
    for (const listener of process.listeners('unhandledRejection')) {
      if (!unhandled.includes(listener)) process.off('unhandledRejection', listener);
    }
    return gzip;
  });
  return loaded;
}
