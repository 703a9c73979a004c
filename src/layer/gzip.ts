import { setImmediate as turn } from 'node:timers/promises';
import { semaphore } from '../core/concurrency.ts';
import type { Bytes } from '../oci/image.ts';
import { blocksOf } from './blocks.ts';
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
  const take = async (): Promise<Uint8Array> => {
    const { member, block } = await (inFlight.shift() as Promise<Compressed>);
    spare.push(block);
    return member;
  };
  try {
    const allocate = (): Uint8Array<ArrayBuffer> =>
      new Uint8Array(spare.pop() ?? new ArrayBuffer(memberSize));
    let first = true;
    for await (const { block, last } of blocksOf(bytes, memberSize, allocate)) {
      if (last && block.length === 0 && !first) break; // cannot happen with blocksOf; an empty member would be another digest
      const here = cores === 1 || (first && last && !isWarm());
      first = false;
      const job: Job = { block, level };
      const result = lanes.run(async () => {
        stopped.signal.throwIfAborted();
        return here ? gzipHere(job) : gzipInThread(job, cores);
      });
      result.catch(() => undefined); // awaited below, in order, unless an earlier one failed
      inFlight.push(result);
      if (inFlight.length >= cores + 2) yield await take();
    }
    while (inFlight.length > 0) yield await take();
  } finally {
    stopped.abort();
  }
}

/** The same on this thread. */
async function gzipHere({ block, level }: Job): Promise<Compressed> {
  const gzip = await loadGzip();
  await turn(); // a signal or a timer gets its turn between blocks
  return { member: gzip(block, level) as Uint8Array<ArrayBuffer>, block: block.buffer };
}

let loaded: Promise<(input: Uint8Array, level: number) => Uint8Array> | undefined;

/**
 * Loads libdeflate into this thread. Its Emscripten wrapper listens to uncaught errors of the process, to throw them again;
 * these listeners are taken away, as what happens with an uncaught error is the command line's business.
 */
async function loadGzip(): Promise<(input: Uint8Array, level: number) => Uint8Array> {
  loaded ??= import('libdeflate').then(({ gzip }) => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => new Set<unknown>(process.rawListeners(event)));
    gzip(new Uint8Array(0), 1);
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (before[i]?.has(listener) === false) process.off(event, listener as () => void);
      }
    });
    return gzip;
  });
  return loaded;
}
