/**
 * A worker thread that reads ledgers of programs out of files: `LedgerJob` in, `LedgerNote` out. A file of its own, also in dist/:
 * ledger-thread.ts starts it by its name.
 */
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { ledgerOfPart } from './ledger-read.ts';
import type { ReadLedger } from './ledger-read.ts';
import type { FilePart } from './program-bytes.ts';

export interface LedgerJob {
  readonly name: string;
  readonly part: FilePart;
}

export type LedgerNote = ReadLedger | { readonly error: string };

parentPort?.on('message', (job: LedgerJob) => {
  void read(job).then(say, (error: unknown) => say({ error: messageOf(error) }));
});

function say(note: LedgerNote): void {
  parentPort?.postMessage(note);
}

async function read({ name, part }: LedgerJob): Promise<LedgerNote> {
  return (await ledgerOfPart(name, part, {})) ?? { error: 'the file ends before the program does' };
}
