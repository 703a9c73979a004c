/** A ledger's bytes by package and by module. */
import type { ByteKind, Ledger } from '../../golang/ledger/types.ts';
import type { ImportGraph } from '../types.ts';

/** Bytes of each account. */
export function accountBytes(ledger: Ledger, kinds?: readonly ByteKind[]): Float64Array {
  const bytes = new Float64Array(ledger.accounts.length);
  for (const row of ledger.rows) {
    if (kinds !== undefined && !kinds.includes(row.kind)) continue;
    bytes[row.account] = (bytes[row.account] ?? 0) + row.bytes;
  }
  return bytes;
}

/** Bytes of each package that has an account, by import path. */
export function packageBytes(ledger: Ledger, kinds?: readonly ByteKind[]): Map<string, number> {
  const bytes = accountBytes(ledger, kinds);
  const found = new Map<string, number>();
  ledger.accounts.forEach(({ kind, name }, index) => {
    if (kind === 'package') found.set(name, (found.get(name) ?? 0) + (bytes[index] ?? 0));
  });
  return found;
}

/** Bytes of each package of the graph; 0 of those from which nothing is in the program. */
export function graphBytes(ledger: Ledger, graph: ImportGraph): Float64Array {
  const bytes = packageBytes(ledger);
  return Float64Array.from(graph.packages, ({ path }, index) => {
    const own = bytes.get(path) ?? 0;
    // The main package's account has its import path only where build info knows it.
    return index === 0 && path !== 'main' ? own + (bytes.get('main') ?? 0) : own;
  });
}

/** Bytes of a ledger that are of these kinds. */
export function bytesOfKinds(ledger: Ledger, kinds: readonly ByteKind[]): number {
  return ledger.rows.reduce((sum, row) => (kinds.includes(row.kind) ? sum + row.bytes : sum), 0);
}
