/** Judges a ledger of a public program: it sums, it reaches the shares that are promised, and its twin with symbols agrees. */
import { expect } from 'vitest';
import { withFileSource } from '../../../src/golang/binary/source.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import type { Ledger } from '../../../src/golang/ledger/types.ts';
import { disagreement, eachPiece, inlinedDisagreement, sharesOf } from './oracle.ts';
import type { Reading, Shares } from './oracle.ts';

/** What issue and documentation promise, as shares of a file. */
export const limits = { stripped: 0.94, unstripped: 0.95, shared: 0.025, none: 0.005, disagreeing: 0.01 };

export async function readFile(file: string): Promise<Reading> {
  return withFileSource(file, readLedger);
}

/** Sums exactly, twice: the rows, and the pieces that the rows are made of. */
export function expectExact(reading: Reading): void {
  const { ledger } = reading;
  expect(ledger.rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(ledger.size);
  const sums = new Map<string, number>();
  eachPiece(reading, ({ start, end, account, kind, evidence }) => {
    const key = `${account} ${kind} ${evidence}`;
    sums.set(key, (sums.get(key) ?? 0) + end - start);
  });
  expect(Object.fromEntries(sums)).toEqual(
    Object.fromEntries(
      ledger.rows.map(({ account, kind, evidence, bytes }) => [`${account} ${kind} ${evidence}`, bytes]),
    ),
  );
}

/** @returns what it reached, for people */
export function expectShares(ledger: Ledger, stripped: boolean): Shares {
  const shares = sharesOf(ledger);
  expect(ledger.problems).toEqual([]);
  expect(ledger.binary?.stripped).toBe(stripped);
  expect(shares.assigned).toBeGreaterThanOrEqual(stripped ? limits.stripped : limits.unstripped);
  expect(shares.shared).toBeLessThanOrEqual(limits.shared);
  expect(shares.none).toBeLessThanOrEqual(limits.none);
  return shares;
}

/** Bytes for which the stripped reading and the symbol table of the twin name different packages, by symbol and by line. */
export async function expectAgreement(stripped: Reading, twin: string): Promise<void> {
  const held = disagreement(stripped, twin);
  // Code without what is inlined, and named data: a quarter (etcd) to 44 % of what is loaded. Less would mean that nearly nothing was compared.
  expect(held.compared / held.loaded).toBeGreaterThan(0.2);
  const worst = held.worst.slice(0, 5).map(({ symbol, says, bytes }) => `${symbol}: ${bytes} of ${says}`);
  expect(held.wrong / held.compared > limits.disagreeing ? worst : []).toEqual([]);
  const inlined = await inlinedDisagreement(stripped, twin, 5000);
  expect(inlined.compared).toBeGreaterThan(1000);
  const tooMany = inlined.wrong.length / inlined.compared > limits.disagreeing;
  expect(tooMany ? inlined.wrong.slice(0, 5) : []).toEqual([]);
}
