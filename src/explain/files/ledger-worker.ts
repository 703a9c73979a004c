/**
 * A worker thread that reads ledgers of programs out of files: `LedgerJob` in, `LedgerNote` out. A file of its own, also in dist/:
 * ledger-thread.ts starts it by its name.
 */
import { hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { bufferSource } from '../../golang/binary/source.ts';
import { readLedger } from '../../golang/ledger/read.ts';
import { packLedger } from './ledger-kept.ts';
import type { KeptLedger } from './ledger-kept.ts';
import { readPart } from './program-bytes.ts';
import type { FilePart } from './program-bytes.ts';

export interface LedgerJob {
  readonly name: string;
  readonly part: FilePart;
}

export type LedgerNote = { readonly digest: string; readonly kept: KeptLedger } | { readonly error: string };

parentPort?.on('message', (job: LedgerJob) => {
  void read(job).then(say, (error: unknown) => say({ error: messageOf(error) }));
});

function say(note: LedgerNote): void {
  parentPort?.postMessage(note);
}

async function read({ name, part }: LedgerJob): Promise<LedgerNote> {
  const bytes = readPart(part);
  const digest = hash('sha256', bytes, 'hex');
  const { ledger } = await readLedger(bufferSource(name, bytes));
  return { digest, kept: packLedger(ledger) };
}
