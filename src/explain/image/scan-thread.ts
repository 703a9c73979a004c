import { Worker } from 'node:worker_threads';
import { ToolError } from '../../core/errors.ts';
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
  readonly signal: AbortSignal;
}

/**
 * Reads a layer that lies in a file in a thread of its own: unpacking, digests and headers of one layer beside those of another.
 * @returns undefined when it lies in no file
 * @throws ToolError INTERNAL when the thread fails; what interrupts it
 */
export async function scanInThread(layer: Layer, options: ThreadScan): Promise<ScannedLayer | undefined> {
  const place = await layer.locate?.().catch(() => undefined);
  if (!place) return undefined;
  const { index, entries, spool, progress, signal } = options;
  signal.throwIfAborted();
  const { mediaType, digest, diffId, size } = layer;
  const job: ScanJob = {
    index,
    layer: { mediaType, digest, diffId, size },
    place,
    entries,
    spool: spool?.terms,
  };
  const worker = new Worker(workerFile('scan-worker', import.meta.url), {
    name: 'scan',
    env: {},
    execArgv: [],
  });
  const abort = Promise.withResolvers<never>();
  const interrupt = (): void => {
    abort.reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
  };
  signal.addEventListener('abort', interrupt);
  try {
    const { scanned, kept } = await Promise.race([answer(worker, job, progress), abort.promise]);
    spool?.adopt(kept);
    return scanned;
  } finally {
    signal.removeEventListener('abort', interrupt);
    await worker.terminate();
  }
}

async function answer(
  worker: Worker,
  job: ScanJob,
  progress: (bytes: number) => void,
): Promise<Extract<ScanNote, { scanned: unknown }>> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      reject(
        new ToolError('INTERNAL', `layer ${job.index + 1} could not be read: ${why}`, {
          hint: 'Run the same command again.',
        }),
      );
    };
    worker.on('message', (note: ScanNote) => {
      if ('progress' in note) progress(note.progress);
      else if ('error' in note) failed(note.error);
      else resolve(note);
    });
    worker.on('error', (error) => failed(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => failed(`its thread ended with ${code}`));
    worker.postMessage(job);
  });
}
