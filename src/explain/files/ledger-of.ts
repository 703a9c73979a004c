import { hash } from 'node:crypto';
import { version } from '../../core/version.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import type { Store } from '../../store/store.ts';
import { packLedger, unpackLedger } from './ledger-kept.ts';
import type { KeptLedger } from './ledger-kept.ts';

/** Ledgers by the digest of what they are of: a program that was explained once is explained at once. */
export interface Ledgers {
  /** @throws ToolError BINARY_UNREADABLE when the bytes are no ELF file; whatever `read` throws */
  of(
    name: string,
    digest: string | undefined,
    read: () => Promise<Buffer>,
  ): Promise<{ digest: string; ledger: Ledger }>;
}

/** Another version may read more out of the same bytes. The number is of the form in which it is kept. */
const bucket = `ledger-${version}-2`;

/** @param signal ends the reading of a program: it then throws the signal's reason */
export function ledgers(store: Store, signal: AbortSignal): Ledgers {
  // One program often lies in an image several times.
  const met = new Map<string, Ledger>();
  const meet = (digest: string, kept: KeptLedger): Ledger => {
    const ledger = unpackLedger(kept);
    met.set(digest, ledger);
    return ledger;
  };
  const known = async (digest: string): Promise<Ledger | undefined> => {
    const before = met.get(digest);
    if (before) return before;
    const kept = await store.cache.get<KeptLedger>(bucket, digest);
    return kept && meet(digest, kept);
  };
  return {
    of: async (name, expected, read) => {
      const remembered = expected === undefined ? undefined : await known(expected);
      if (expected !== undefined && remembered) return { digest: expected, ledger: remembered };
      const bytes = await read();
      const digest = hash('sha256', bytes, 'hex');
      const found = expected === digest ? undefined : await known(digest);
      if (found) return { digest, ledger: found };
      const [{ readLedger }, { bufferSource }] = await Promise.all([
        import('../../golang/ledger/read.ts'),
        import('../../golang/binary/source.ts'),
      ]);
      const { ledger } = await readLedger(bufferSource(name, bytes), signal);
      const kept = packLedger(ledger);
      // What cannot be remembered is read again.
      await store.cache.set(bucket, digest, kept).catch(() => undefined);
      return { digest, ledger: meet(digest, kept) };
    },
  };
}
