import type { Accounts } from './accounts.ts';
import type { Claims } from './claims.ts';
import { letGo } from './growing.ts';
import { sortedBy } from './resolve-sort.ts';
import { byteKinds, evidences } from './types.ts';
import type { ByteKind, Evidence, NamedBytes, Pieces } from './types.ts';

/** Claims in columns, as there may be millions. */
export interface ClaimBook {
  readonly claims: Claims;
  readonly named: readonly (NamedBytes & { what: 'embedded file' | 'string' | 'data' | 'type' })[];
  readonly problems: readonly string[];
  /** Decides who gets each byte. Calls the book's accounts by their numbers; is called once, when everything is claimed. */
  resolve(): Pieces;
}

/** A hostile file can make tables point at the same bytes over and over; more claims than this are no honest program's. */
const mostClaims = 12_000_000;
const mostProblems = 200;

const kindNumber = new Map(byteKinds.map((kind, index) => [kind, index]));
const rankNumber = new Map(evidences.map((evidence, index) => [evidence, index]));

/** @param size bytes of the file, under 2^32 */
export function makeClaimBook(size: number, accounts: Accounts): ClaimBook {
  let count = 0;
  let start = new Uint32Array(1 << 16);
  let end = new Uint32Array(1 << 16);
  let account = new Int32Array(1 << 16);
  /** Rank of the evidence * 16 + number of the kind. */
  let what = new Uint8Array(1 << 16);
  const named: (NamedBytes & { what: 'embedded file' | 'string' | 'data' | 'type' })[] = [];
  const problems: string[] = [];
  const problem = (sentence: string): void => {
    if (problems.length < mostProblems && !problems.includes(sentence)) problems.push(sentence);
  };
  // Mostly one claim is like the one before.
  let lastKind: ByteKind = 'unknown';
  let lastEvidence: Evidence = 'none';
  let code = (rankNumber.get(lastEvidence) ?? 0) * 16 + (kindNumber.get(lastKind) ?? 0);
  const grow = (): void => {
    const larger = Math.min(mostClaims, Math.ceil(count * 1.5));
    start = new Uint32Array(start.buffer.transfer(4 * larger));
    end = new Uint32Array(end.buffer.transfer(4 * larger));
    account = new Int32Array(account.buffer.transfer(4 * larger));
    what = new Uint8Array(what.buffer.transfer(larger));
  };
  const add = (offset: number, bytes: number, owner: number, kind: ByteKind, evidence: Evidence): void => {
    const from = Math.max(0, Math.floor(offset));
    const to = Math.min(size, Math.floor(offset + bytes));
    if (!(from < to)) return;
    if (kind !== lastKind || evidence !== lastEvidence) {
      lastKind = kind;
      lastEvidence = evidence;
      code = (rankNumber.get(evidence) ?? 0) * 16 + (kindNumber.get(kind) ?? 0);
    }
    const last = count - 1;
    if (last >= 0 && end[last] === from && account[last] === owner && what[last] === code) {
      end[last] = to;
      return;
    }
    if (count === start.length) {
      if (count === mostClaims) {
        problem('There are more claims on its bytes than a program can have; the rest was left out.');
        return;
      }
      grow();
    }
    start[count] = from;
    end[count] = to;
    account[count] = owner;
    what[count] = code;
    count++;
  };
  return {
    claims: {
      package: accounts.package,
      other: accounts.other,
      add,
      name: (sort, name, owner, bytes) => {
        named.push({ name, what: sort, account: owner, bytes });
      },
      problem,
    },
    named,
    problems,
    resolve: () => {
      const pieces = sweep(size, accounts, {
        start: start.subarray(0, count),
        end: end.subarray(0, count),
        account,
        what,
      });
      letGo(start, end, account, what);
      return pieces;
    },
  };
}

interface Columns {
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly account: Int32Array;
  readonly what: Uint8Array;
}

/** Walks all starts and ends in order. What counts at a place is the strongest rank that is open there. */
function sweep(size: number, accounts: Accounts, columns: Columns): Pieces {
  const { start, end, account, what } = columns;
  const count = start.length;
  const opening = sortedBy(start);
  const closing = sortedBy(end);
  const open = makeOpen(accounts);
  const out = makePieces(size, accounts.unattributed);
  let opened = 0;
  let closed = 0;
  while (closed < count) {
    const nextEnd = end[closing[closed] ?? 0] ?? 0;
    const nextStart = opened < count ? (start[opening[opened] ?? 0] ?? 0) : Number.POSITIVE_INFINITY;
    const at = Math.min(nextEnd, nextStart);
    for (; closed < count; closed++) {
      const claim = closing[closed] ?? 0;
      if (end[claim] !== at) break;
      open.remove(account[claim] ?? 0, what[claim] ?? 0);
    }
    for (; opened < count; opened++) {
      const claim = opening[opened] ?? 0;
      if (start[claim] !== at) break;
      open.add(account[claim] ?? 0, what[claim] ?? 0);
    }
    open.winner(out.put, at);
  }
  letGo(opening, closing);
  return out.pieces();
}

type Put = (at: number, account: number, kind: number, evidence: number) => void;

/**
 * The claims that cover the place at hand, counted by rank. The number of distinct accounts and their sum are enough to
 * know the only one, so that many claims over one place cost no more than few.
 */
function makeOpen(accounts: Accounts): {
  add(account: number, what: number): void;
  remove(account: number, what: number): void;
  winner(put: Put, at: number): void;
} {
  const total = accounts.count;
  const byAccount = new Int32Array(16 * total);
  const byKind = new Int32Array(16 * 16);
  const distinct = new Int32Array(16);
  const sum = new Float64Array(16);
  const kinds = new Int32Array(16);
  let ranks = 0;
  return {
    add: (account, what) => {
      const rank = what >> 4;
      const slot = rank * total + account;
      const before = byAccount[slot] ?? 0;
      byAccount[slot] = before + 1;
      if (before === 0) {
        distinct[rank] = (distinct[rank] ?? 0) + 1;
        sum[rank] = (sum[rank] ?? 0) + account;
        ranks |= 1 << rank;
      }
      const kindBefore = byKind[what] ?? 0;
      byKind[what] = kindBefore + 1;
      if (kindBefore === 0) kinds[rank] = (kinds[rank] ?? 0) | (1 << (what & 15));
    },
    remove: (account, what) => {
      const rank = what >> 4;
      const slot = rank * total + account;
      const left = (byAccount[slot] ?? 0) - 1;
      byAccount[slot] = left;
      if (left === 0) {
        const accountsLeft = (distinct[rank] ?? 0) - 1;
        distinct[rank] = accountsLeft;
        sum[rank] = (sum[rank] ?? 0) - account;
        if (accountsLeft === 0) ranks &= ~(1 << rank);
      }
      const kindLeft = (byKind[what] ?? 0) - 1;
      byKind[what] = kindLeft;
      if (kindLeft === 0) kinds[rank] = (kinds[rank] ?? 0) & ~(1 << (what & 15));
    },
    winner: (put, at) => {
      if (ranks === 0) {
        put(at, accounts.unattributed, unknownKind, noEvidence);
        return;
      }
      const rank = lowestBit(ranks);
      const owner = distinct[rank] === 1 ? (sum[rank] ?? 0) : accounts.shared;
      put(at, owner, lowestBit(kinds[rank] ?? 0), rank);
    },
  };
}

const unknownKind = byteKinds.indexOf('unknown');
const noEvidence = evidences.indexOf('none');
const lowestBit = (mask: number): number => 31 - Math.clz32(mask & -mask);

/** Collects pieces in order; equal neighbours become one. */
function makePieces(size: number, unattributed: number): { put: Put; pieces(): Pieces } {
  let count = 0;
  let start = new Uint32Array(1 << 16);
  let account = new Int32Array(1 << 16);
  let kind = new Uint8Array(1 << 16);
  let evidence = new Uint8Array(1 << 16);
  const put: Put = (at, owner, sort, rank) => {
    if (at >= size) return;
    if (count > 0 && start[count - 1] === at) count--;
    const last = count - 1;
    if (last >= 0 && account[last] === owner && kind[last] === sort && evidence[last] === rank) return;
    if (count === start.length) {
      const more = Math.ceil(count * 1.5);
      start = new Uint32Array(start.buffer.transfer(4 * more));
      account = new Int32Array(account.buffer.transfer(4 * more));
      kind = new Uint8Array(kind.buffer.transfer(more));
      evidence = new Uint8Array(evidence.buffer.transfer(more));
    }
    start[count] = at;
    account[count] = owner;
    kind[count] = sort;
    evidence[count] = rank;
    count++;
  };
  if (size > 0) put(0, unattributed, unknownKind, noEvidence);
  return {
    put,
    pieces: () => ({
      start: new Uint32Array(start.buffer.transfer(4 * count)),
      account: new Int32Array(account.buffer.transfer(4 * count)),
      kind: new Uint8Array(kind.buffer.transfer(count)),
      evidence: new Uint8Array(evidence.buffer.transfer(count)),
    }),
  };
}
