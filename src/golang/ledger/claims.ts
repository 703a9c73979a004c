import type { ByteKind, Evidence } from './types.ts';

/**
 * Where sources of evidence put what they know. Over bytes that several claim the stronger evidence counts, in the order of
 * `evidences` (`structure` first); between equals of different packages, the bytes are shared.
 */
export interface Claims {
  /** Number of a package's account, by the package's name as it stands in symbols (escaped, `main`). */
  package(symbolPath: string): number;
  /** Number of an account that is no package. */
  other(kind: 'structure' | 'shared' | 'unattributed', name: string): number;
  /** `offset` and `size` in bytes of the file; what lies outside of it is cut off. */
  add(offset: number, size: number, account: number, kind: ByteKind, evidence: Evidence): void;
  /** Something with a name, for people. Its bytes must be claimed besides. */
  name(
    what: 'embedded file' | 'string' | 'data' | 'type',
    name: string,
    account: number,
    bytes: number,
  ): void;
  /** What could not be read; the ledger goes on. */
  problem(sentence: string): void;
}
