/**
 * A worker thread that reads one layer after the other out of files: `ScanJob` in, `ScanNote` out. A file of its own, also in dist/:
 * scan-thread.ts starts it by its name.
 */
import { createReadStream } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import type { FilePlace, Layer } from '../../oci/image.ts';
import { verifyStream } from '../../oci/verify.ts';
import { scanLayer } from './scan-layer.ts';
import type { ScannedLayer } from './scan-layer.ts';
import { spoolIn } from './spool.ts';
import type { SpoolTerms } from './spool.ts';

export interface ScanJob {
  readonly index: number;
  readonly layer: Pick<Layer, 'mediaType' | 'digest' | 'diffId' | 'size'>;
  readonly place: FilePlace;
  /** Entries that may be described. */
  readonly entries: number;
  readonly spool: SpoolTerms | undefined;
}

export type ScanNote =
  | { readonly progress: number }
  | { readonly scanned: ScannedLayer; readonly kept: readonly string[] }
  | { readonly error: string };

/** Bytes between two words of progress. */
const stride = 4 * 1024 * 1024;

parentPort?.on('message', (job: ScanJob) => {
  void scan(job).then(say, (error: unknown) => say({ error: messageOf(error) }));
});

function say(note: ScanNote): void {
  parentPort?.postMessage(note);
}

async function scan({ index, layer, place, entries, spool: terms }: ScanJob): Promise<ScanNote> {
  const spool = terms && spoolIn(terms);
  let said = 0;
  const scanned = await scanLayer(new AbortController().signal, fromFile(layer, place), {
    budget: { entries },
    progress: (done) => {
      if (done - said < stride) return;
      said = done;
      say({ progress: done });
    },
    ...(spool && { keep: spool.keeper(index) }),
  });
  return { scanned, kept: spool?.kept() ?? [] };
}

function fromFile(layer: ScanJob['layer'], place: FilePlace): Layer {
  const { file, offset } = place;
  const read = (): AsyncIterable<Uint8Array> =>
    createReadStream(file, { start: offset, end: offset + layer.size - 1, highWaterMark: 1024 * 1024 });
  return { ...layer, locate: async () => place, open: () => verifyStream(read(), layer, file) };
}
