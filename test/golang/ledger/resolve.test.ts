import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAccounts } from '../../../src/golang/ledger/accounts.ts';
import { makeClaimBook } from '../../../src/golang/ledger/resolve.ts';
import { rowsOf } from '../../../src/golang/ledger/resolve-rows.ts';
import { sortedBy } from '../../../src/golang/ledger/resolve-sort.ts';
import { byteKinds, evidences } from '../../../src/golang/ledger/types.ts';
import type { Pieces } from '../../../src/golang/ledger/types.ts';

/** What each byte was given: account, kind, evidence. */
function byByte(pieces: Pieces, size: number): string[] {
  const bytes: string[] = [];
  pieces.start.forEach((from, index) => {
    const to = pieces.start[index + 1] ?? size;
    const what = `${pieces.account[index]} ${byteKinds[pieces.kind[index] ?? 0]} ${evidences[pieces.evidence[index] ?? 0]}`;
    for (let at = from; at < to; at++) bytes.push(what);
  });
  return bytes;
}

const claim = fc.record({
  offset: fc.integer({ min: -5, max: 60 }),
  size: fc.integer({ min: -2, max: 30 }),
  account: fc.integer({ min: 0, max: 3 }),
  kind: fc.constantFrom(...byteKinds),
  evidence: fc.constantFrom(...evidences),
});

describe('claims', () => {
  it('give each byte to the strongest evidence, and to all when several packages have it', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 30 }), (claims) => {
        const size = 64;
        const accounts = makeAccounts(undefined);
        const packages = ['a', 'b', 'c', 'd'].map((name) => accounts.package(name));
        const book = makeClaimBook(size, accounts);
        for (const { offset, size: bytes, account, kind, evidence } of claims)
          book.claims.add(offset, bytes, packages[account] ?? 0, kind, evidence);
        const expected = Array.from({ length: size }, (_, at) => {
          const here = claims.filter(({ offset, size: bytes }) => offset <= at && at < offset + bytes);
          const rank = Math.min(...here.map(({ evidence }) => evidences.indexOf(evidence)));
          const best = here.filter(({ evidence }) => evidences.indexOf(evidence) === rank);
          const owners = new Set(best.map(({ account }) => packages[account]));
          const kind = byteKinds[Math.min(...best.map((one) => byteKinds.indexOf(one.kind)))];
          if (best.length === 0) return `${accounts.unattributed} unknown none`;
          const owner = owners.size === 1 ? [...owners][0] : accounts.shared;
          return `${owner} ${kind} ${evidences[rank]}`;
        });
        const pieces = book.resolve();
        expect(byByte(pieces, size)).toEqual(expected);
        const rows = rowsOf(pieces, size, accounts.count);
        expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(size);
      }),
      { numRuns: 300 },
    );
  });

  it('that are one after the other and alike become one piece', () => {
    const accounts = makeAccounts(undefined);
    const book = makeClaimBook(100, accounts);
    for (let at = 0; at < 100; at += 10) book.claims.add(at, 10, accounts.package('a'), 'code', 'pclntab');
    expect(book.resolve().start).toHaveLength(1);
  });

  it('over the same bytes a hundred thousand times cost no more than each its own', () => {
    const accounts = makeAccounts(undefined);
    const book = makeClaimBook(1_000_000, accounts);
    for (let index = 0; index < 100_000; index++)
      book.claims.add(index, 900_000 - index, accounts.package(`p${index % 7}`), 'data', 'data reference');
    const pieces = book.resolve();
    expect(pieces.account[pieces.start.length - 1]).toBe(accounts.unattributed);
    expect(pieces.account[1]).toBe(accounts.shared);
  });

  it('say a problem once', () => {
    const book = makeClaimBook(1, makeAccounts(undefined));
    book.claims.problem('Damaged.');
    book.claims.problem('Damaged.');
    expect(book.problems).toEqual(['Damaged.']);
  });
});

describe('sorting by keys', () => {
  it('is stable and of any 32-bit keys', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 200 }), (keys) => {
        const expected = keys
          .map((_, index) => index)
          .sort((one, two) => (keys[one] ?? 0) - (keys[two] ?? 0) || one - two);
        expect([...sortedBy(Uint32Array.from(keys))]).toEqual(expected);
      }),
    );
  });
});
