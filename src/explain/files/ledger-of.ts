import { availableParallelism } from 'node:os';
import { onceMap } from '../../core/concurrency.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import type { Store } from '../../store/store.ts';
import { revisionOf } from '../revision.ts';
import { byteGate } from './byte-gate.ts';
import { unpackLedger } from './ledger-kept.ts';
import type { KeptLedger } from './ledger-kept.ts';
import { ledgerOfBytes, ledgerOfPart } from './ledger-read.ts';
import { ledgerThreads } from './ledger-thread.ts';
import type { ProgramBytes } from './program-bytes.ts';

/** Ledgers by the digest of what they are of: a program that was explained once is explained at once. */
export interface Ledgers {
  /**
   * @param digest what the program's is said to be; undefined when nobody knows
   * @throws ToolError BINARY_UNREADABLE when the bytes are no ELF file; whatever `bytes` throws; the signal's reason
   */
  of(name: string, digest: string | undefined, bytes: ProgramBytes): Promise<FoundLedger>;
  /** Calls of `of` that keep all threads busy, also when several are for one program. */
  readonly atOnce: number;
  close(): Promise<void>;
}

export interface FoundLedger {
  readonly digest: string;
  readonly ledger: Ledger;
}

/** Another version may read more out of the same bytes. The number is of the form in which it is kept. */
const bucket = `ledger-3-${revisionOf(import.meta.url)}`;

/**
 * Programs read at the same time: this thread and, from four cores on, one more. Each thread compiles the reader anew, and keeps a heap of its
 * own; on two cores, which reading and collecting garbage keep busy by themselves, that was measured to save nothing.
 */
const lanesFor = (cores: number): number => (cores < 4 ? 1 : 2);
/** Bytes of programs that are read at the same time; a larger one is read alone. Reading one takes one and a half times its size and more. */
const mostAtOnce = 12 * 1024 * 1024;
/** Bytes of a program from which on another thread is worth its start. */
const worthAThread = 2 * 1024 * 1024;

/**
 * @param signal ends the reading of a program: it then throws the signal's reason
 * @param options.apart no program that lies in a file is read in this thread, which somebody waits for
 */
export function ledgers(
  store: Store,
  signal: AbortSignal,
  { apart = false }: { readonly apart?: boolean } = {},
): Ledgers {
  // One program often lies in an image several times.
  const met = new Map<string, Ledger>();
  const once = onceMap<FoundLedger>();
  const lanes = lanesFor(availableParallelism());
  const gate = byteGate(lanes, mostAtOnce);
  const threads = ledgerThreads(apart ? lanes : lanes - 1, signal);
  const meet = (digest: string, kept: KeptLedger): FoundLedger => {
    const ledger = unpackLedger(kept);
    met.set(digest, ledger);
    return { digest, ledger };
  };
  const known = async (digest: string): Promise<FoundLedger | undefined> => {
    const ledger = met.get(digest);
    if (ledger) return { digest, ledger };
    const kept = await store.cache.get<KeptLedger>(bucket, digest);
    return kept && meet(digest, kept);
  };
  const keep = async (digest: string, kept: KeptLedger): Promise<FoundLedger> => {
    // What cannot be remembered is read again.
    await store.cache.set(bucket, digest, kept).catch(() => undefined);
    return meet(digest, kept);
  };
  const readHere = async (name: string, { read, part }: ProgramBytes): Promise<FoundLedger> => {
    const options = { known, signal };
    const found =
      (part && (await ledgerOfPart(name, part, options))) ??
      (await ledgerOfBytes(name, await read(), options));
    return 'kept' in found ? keep(found.digest, found.kept) : found;
  };
  const read = async (name: string, bytes: ProgramBytes): Promise<FoundLedger> => {
    const { part } = bytes;
    return gate(part?.size ?? 0, async (place) => {
      signal.throwIfAborted();
      // Whoever is alone, as the largest are, is read here: no thread is started for an image with one program.
      const there =
        part && (apart || (place > 0 && part.size > worthAThread))
          ? await threads.read({ name, part })
          : undefined;
      return there ? keep(there.digest, there.kept) : readHere(name, bytes);
    });
  };
  return {
    of: async (name, expected, bytes) => {
      if (expected === undefined) return readHere(name, bytes);
      return once(expected, async () => (await known(expected)) ?? read(name, bytes));
    },
    atOnce: lanes * 4,
    close: threads.close,
  };
}
