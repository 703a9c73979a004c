import { createHash, hash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { fileError } from '../../core/files.ts';
import { bufferSource, partSource } from '../../golang/binary/source.ts';
import type { FileSource } from '../../golang/binary/source.ts';
import { unreadable } from '../../golang/binary/unreadable.ts';
import { packLedger } from './ledger-kept.ts';
import type { KeptLedger } from './ledger-kept.ts';
import type { FilePart } from './program-bytes.ts';

export interface ReadLedger {
  readonly digest: string;
  readonly kept: KeptLedger;
}

export interface LedgerOptions<K> {
  /** What is known of a digest already; undefined when the ledger must be read. */
  known?(digest: string): Promise<K | undefined>;
  readonly signal?: AbortSignal;
}

/** Bytes hashed at a time. */
const window = 1024 * 1024;

/**
 * The ledger of a program that lies in a file: it is never in memory as a whole.
 * @returns undefined when the file ends before the program does
 * @throws ToolError FILE_UNREADABLE, BINARY_UNREADABLE, also when it changes meanwhile; the signal's reason
 */
export async function ledgerOfPart<K = never>(
  name: string,
  { file, offset, size }: FilePart,
  options: LedgerOptions<K>,
): Promise<ReadLedger | K | undefined> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(file, 'r');
    const before = await handle.stat();
    if (before.size < offset + size) return undefined;
    const source = partSource(name, handle, { offset, size });
    const digest = await digestOf(source, handle, offset);
    const known = await options.known?.(digest);
    if (known) return known;
    const kept = await packed(source, options.signal);
    const after = await handle.stat();
    const touched = before.mtimeMs !== after.mtimeMs || before.size !== after.size;
    // A change of times alone is none: what is used is marked so in the store.
    if (touched && (await digestOf(source, handle, offset)) !== digest)
      throw unreadable(name, 'it changed while it was read');
    return { digest, kept };
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    await handle?.close();
  }
}

/** The same of a program in memory. */
export async function ledgerOfBytes<K = never>(
  name: string,
  bytes: Buffer,
  options: LedgerOptions<K>,
): Promise<ReadLedger | K> {
  const digest = hash('sha256', bytes, 'hex');
  const known = await options.known?.(digest);
  if (known) return known;
  return { digest, kept: await packed(bufferSource(name, bytes), options.signal) };
}

async function packed(source: FileSource, signal: AbortSignal | undefined): Promise<KeptLedger> {
  const { readLedger } = await import('../../golang/ledger/read.ts');
  const { ledger } = await readLedger(source, signal);
  return packLedger(ledger);
}

async function digestOf({ name, size }: FileSource, handle: fs.FileHandle, offset: number): Promise<string> {
  const sum = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, window));
  for (let done = 0; done < size;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(window, size - done), offset + done);
    if (bytesRead === 0) throw unreadable(name, 'it became shorter while it was read');
    sum.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return sum.digest('hex');
}
