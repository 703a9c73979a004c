import { segmentTypes } from '../binary/elf.ts';
import type { Accounts } from './accounts.ts';
import type { FileBytes } from './file-bytes.ts';
import type { Opened } from './program-open.ts';
import { byteKinds, evidences } from './types.ts';
import type { Pieces } from './types.ts';

/** Within a section, alignment leaves no longer gap than this. */
const longestWithin = 64;
const padding = byteKinds.indexOf('padding');
const structure = evidences.indexOf('structure');

/**
 * Finds what no one claimed and what is filler: all bytes zero or (in code) the breakpoint instruction, between two sections, or in a
 * section and no longer than alignment makes it. What aligns one part of a package after another of the same is the package's: it goes
 * with them. All else is structure.
 */
export function fillPadding({ program, file, layout }: Opened, whole: Pieces, accounts: Accounts): Pieces {
  const { size } = program;
  const isFiller = fillerTest(file, size);
  const owner = accounts.other('structure', 'padding');
  const parts = layout.sections.some(({ size }) => size > 0)
    ? layout.sections
    : layout.elf.segments
        .filter(({ type }) => type === segmentTypes.load)
        .map(({ offset, fileSize }) => ({ offset, size: fileSize }));
  const cuts = cutsOf(parts, size);
  const pieces = cutUnclaimed(whole, cuts.at, accounts.unattributed);
  const { start, account, kind, evidence } = pieces;
  let cut = 0;
  for (let index = 0; index < start.length; index++) {
    if (account[index] !== accounts.unattributed) continue;
    const from = start[index] ?? 0;
    const to = start[index + 1] ?? size;
    while ((cuts.at[cut + 1] ?? size) <= from) cut++;
    const long = cuts.inside[cut] === 1 && to - from > longestWithin;
    if (long || !isFiller(from, to)) continue;
    const before = account[index - 1];
    const within = cuts.inside[cut] === 1 && before !== undefined && before === account[index + 1];
    const ofPackage = within && accounts.list()[before]?.kind === 'package';
    account[index] = ofPackage ? before : owner;
    kind[index] = padding;
    // No better known than the weaker of its neighbours.
    evidence[index] = ofPackage ? Math.max(evidence[index - 1] ?? 0, evidence[index + 1] ?? 0) : structure;
  }
  return pieces;
}

/** The same pieces, with those that no one claimed cut where sections begin and end. */
function cutUnclaimed(pieces: Pieces, cuts: Float64Array, unattributed: number): Pieces {
  const { start, account, kind, evidence } = pieces;
  const count = start.length;
  const at = [...cuts].flatMap((cut) => {
    const index = pieceAt(start, cut);
    return account[index] === unattributed && start[index] !== cut ? [{ cut, index }] : [];
  });
  if (at.length === 0) return pieces;
  const more = count + at.length;
  const cutPieces = {
    start: new Uint32Array(more),
    account: new Int32Array(more),
    kind: new Uint8Array(more),
    evidence: new Uint8Array(more),
  };
  let done = 0;
  let written = 0;
  const copy = (to: number): void => {
    cutPieces.start.set(start.subarray(done, to), written);
    cutPieces.account.set(account.subarray(done, to), written);
    cutPieces.kind.set(kind.subarray(done, to), written);
    cutPieces.evidence.set(evidence.subarray(done, to), written);
    written += to - done;
    done = to;
  };
  for (const { cut, index } of at) {
    copy(index + 1);
    cutPieces.start[written] = cut;
    cutPieces.account[written] = unattributed;
    cutPieces.kind[written] = kind[index] ?? 0;
    cutPieces.evidence[written] = evidence[index] ?? 0;
    written++;
  }
  copy(count);
  return cutPieces;
}

/** The piece that an offset is in. */
function pieceAt(start: Pieces['start'], offset: number): number {
  let [low, high] = [0, start.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((start[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** Bytes that are read ahead: what no one claimed lies strewn about. */
const ahead = 64 * 1024;

/** Tells whether [from, to) is filler. Places are asked for in rising order. */
function fillerTest(file: FileBytes, size: number): (from: number, to: number) => boolean {
  const window = Buffer.allocUnsafeSlow(Math.min(size, ahead));
  let start = size;
  const byteAt = (at: number): number => {
    if (at < start || at >= start + window.length) {
      start = Math.min(at, size - window.length);
      file.fill(window, start);
    }
    return window[at - start] ?? 0;
  };
  return (from, to) => {
    const filler = byteAt(from);
    if (filler !== 0 && filler !== 0xcc) return false;
    for (let at = from; at < to; at++) if (byteAt(at) !== filler) return false;
    return true;
  };
}

/** The file cut where its parts (sections; segments when there are none) begin and end, and whether each piece is inside of one. */
function cutsOf(
  parts: readonly { readonly offset: number; readonly size: number }[],
  size: number,
): { at: Float64Array; inside: Uint8Array } {
  const full = parts.filter((part) => part.size > 0);
  const at = [...new Set([0, ...full.flatMap(({ offset, size: bytes }) => [offset, offset + bytes])])]
    .filter((one) => one < size)
    .toSorted((one, two) => one - two);
  const starts = full.map(({ offset }) => offset).toSorted((one, two) => one - two);
  const ends = full.map(({ offset, size: bytes }) => offset + bytes).toSorted((one, two) => one - two);
  const inside = new Uint8Array(at.length);
  let [open, started, ended] = [0, 0, 0];
  at.forEach((place, index) => {
    for (; (starts[started] ?? Number.POSITIVE_INFINITY) <= place; started++) open++;
    for (; (ends[ended] ?? Number.POSITIVE_INFINITY) <= place; ended++) open--;
    inside[index] = open > 0 ? 1 : 0;
  });
  return { at: Float64Array.from(at), inside };
}
