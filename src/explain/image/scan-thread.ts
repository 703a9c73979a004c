import { Worker } from 'node:worker_threads';
import { ToolError, messageOf } from '../../core/errors.ts';
import { workerFile } from '../../core/worker-file.ts';
import type { Layer } from '../../oci/image.ts';
import type { ScanJob, ScanNote } from './scan-worker.ts';
import type { ScannedLayer } from './scan-layer.ts';
import type { Spool } from './spool.ts';

/** Compressed bytes from which on a thread of its own is worth its start of some 40 ms. */
export const worthAThread = 4 * 1024 * 1024;

export interface ThreadScan {
  readonly index: number;
  readonly entries: number;
  readonly spool: Spool | undefined;
  readonly progress: (bytes: number) => void;
}

/** Threads that read layers; one that has read a layer reads the next. */
export interface ScanThreads {
  /**
   * Reads a layer that lies in a file: unpacking, digests and headers of one layer beside those of another.
   * @returns undefined when it lies in no file
   * @throws ToolError INTERNAL when the thread fails; what interrupts it
   */
  scan(layer: Layer, options: ThreadScan): Promise<ScannedLayer | undefined>;
  close(): Promise<void>;
}

/** @param signal ends what the threads do */
export function scanThreads(signal: AbortSignal): ScanThreads {
  const started = new Set<Worker>();
  const idle = new Set<Worker>();
  const start = (): Worker => {
    const worker = new Worker(workerFile('scan-worker', import.meta.url), {
      name: 'scan',
      env: {},
      execArgv: [],
    });
    started.add(worker);
    // One that ends by itself is asked nothing more; whoever waits for it hears of it too.
    const over = (): void => void idle.delete(worker);
    worker.on('error', over).on('exit', over);
    return worker;
  };
  return {
    scan: async ({ mediaType, digest, diffId, size, locate }, { index, entries, spool, progress }) => {
      const place = await locate?.().catch(() => undefined);
      if (!place) return undefined;
      signal.throwIfAborted();
      const layer = { mediaType, digest, diffId, size };
      const job: ScanJob = { index, layer, place, entries, spool: spool?.terms };
      const [worker = start()] = idle;
      idle.delete(worker);
      const { scanned, kept } = await answer(worker, job, { progress, signal });
      idle.add(worker);
      spool?.adopt(kept);
      return scanned;
    },
    close: async () => {
      await Promise.all([...started].map(async (worker) => worker.terminate()));
    },
  };
}

async function answer(
  worker: Worker,
  job: ScanJob,
  { progress, signal }: Pick<ThreadScan, 'progress'> & { readonly signal: AbortSignal },
): Promise<Extract<ScanNote, { scanned: unknown }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<ScanNote, { scanned: unknown }>>();
  const failed = (why: string): void => {
    reject(
      new ToolError('INTERNAL', `layer ${job.index + 1} could not be read: ${why}`, {
        hint: 'Run the same command again.',
      }),
    );
  };
  const heard = (note: ScanNote): void => {
    if ('progress' in note) progress(note.progress);
    else if ('error' in note) failed(note.error);
    else resolve(note);
  };
  const broken = (error: unknown): void => failed(messageOf(error));
  const ended = (code: number): void => failed(`its thread ended with ${code}`);
  const interrupt = (): void =>
    reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
  worker.on('message', heard).on('error', broken).on('exit', ended);
  signal.addEventListener('abort', interrupt);
  worker.postMessage(job);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', interrupt);
    worker.off('message', heard).off('error', broken).off('exit', ended);
  }
}
