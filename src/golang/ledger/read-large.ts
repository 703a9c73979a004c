import { readBinaryFrom } from '../binary/read.ts';
import type { Binary } from '../binary/read.ts';
import type { ByteSource } from '../binary/source.ts';
import { makeAccounts } from './accounts.ts';
import { makeClaimBook } from './resolve.ts';
import { rowsOf } from './resolve-rows.ts';
import type { Ledger, Pieces } from './types.ts';

/** Bytes of the largest file that is read into memory. */
export const largestFile = 1024 ** 3;

/**
 * The ledger of a file that is too large to be held in memory: what its headers say, and all bytes unattributed.
 * @throws ToolError BINARY_UNREADABLE when it is no program or library
 */
export async function readLargeLedger(
  source: ByteSource,
  plain: (binary: Binary) => NonNullable<Ledger['binary']>,
): Promise<{ ledger: Ledger; pieces: Pieces }> {
  const binary = await readBinaryFrom(source);
  const accounts = makeAccounts(binary.buildInfo);
  // Places in a ledger are 32-bit numbers; there is but one piece here.
  const pieces = makeClaimBook(1, accounts).resolve();
  return {
    ledger: {
      size: source.size,
      recognised: {
        form: binary.goVersion === undefined ? 'not go' : binary.pie ? 'pie' : 'program',
        garbled: false,
        race: binary.buildInfo?.settings['-race'] === 'true',
        cgo: false,
      },
      binary: plain(binary),
      accounts: accounts.list(),
      rows: rowsOf(pieces, source.size, accounts.count),
      functions: [],
      named: [],
      sections: [],
      problems: ['It is larger than 1 GiB, so that only its headers were read.'],
    },
    pieces,
  };
}
