import { byteKinds, evidences } from './types.ts';
import type { LedgerRow, Pieces } from './types.ts';

/** Sums the pieces by account, kind and evidence; largest first. The sum of all rows is the sum of all pieces: the file's size. */
export function rowsOf(pieces: Pieces, size: number, accounts: number): LedgerRow[] {
  const kinds = byteKinds.length;
  const ranks = evidences.length;
  const sums = new Float64Array(accounts * kinds * ranks);
  const { start, account, kind, evidence } = pieces;
  for (let index = 0; index < start.length; index++) {
    const bytes = (index + 1 < start.length ? (start[index + 1] ?? 0) : size) - (start[index] ?? 0);
    const slot = ((account[index] ?? 0) * kinds + (kind[index] ?? 0)) * ranks + (evidence[index] ?? 0);
    sums[slot] = (sums[slot] ?? 0) + bytes;
  }
  const rows: LedgerRow[] = [];
  sums.forEach((bytes, slot) => {
    if (bytes === 0) return;
    rows.push({
      account: Math.floor(slot / (kinds * ranks)),
      kind: byteKinds[Math.floor(slot / ranks) % kinds] ?? 'unknown',
      evidence: evidences[slot % ranks] ?? 'none',
      bytes,
    });
  });
  return rows.toSorted((one, two) => two.bytes - one.bytes);
}
