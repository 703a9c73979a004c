import type { Accounts } from './accounts.ts';
import type { Opened } from './program-open.ts';
import { makePieces } from './resolve.ts';
import { byteKinds, evidences } from './types.ts';
import type { Pieces } from './types.ts';

/** Within a section, alignment leaves no longer gap than this. */
const longestWithin = 64;
const padding = byteKinds.indexOf('padding');
const structure = evidences.indexOf('structure');

/**
 * Charges to structure what no one claimed and what is filler: all bytes zero or (in code) the breakpoint instruction, between two
 * sections, or in a section and no longer than alignment makes it.
 */
export function fillPadding({ program, layout }: Opened, pieces: Pieces, accounts: Accounts): Pieces {
  const { bytes } = program;
  const account = accounts.other('structure', 'padding');
  const inSection = coverage(layout.sections);
  const out = makePieces(bytes.length, accounts.unattributed);
  const { start } = pieces;
  for (let index = 0; index < start.length; index++) {
    const from = start[index] ?? 0;
    const to = index + 1 < start.length ? (start[index + 1] ?? 0) : bytes.length;
    const unclaimed = pieces.account[index] === accounts.unattributed;
    const long = to - from > longestWithin && inSection(from, to);
    if (unclaimed && !long && isFiller(bytes, from, to)) out.put(from, account, padding, structure);
    else out.put(from, pieces.account[index] ?? 0, pieces.kind[index] ?? 0, pieces.evidence[index] ?? 0);
  }
  return out.pieces();
}

function isFiller(bytes: Buffer, from: number, to: number): boolean {
  const filler = bytes[from];
  if (filler !== 0 && filler !== 0xcc) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== filler) return false;
  return true;
}

/** Whether a range touches a section; places are asked for in rising order. */
function coverage(sections: Opened['layout']['sections']): (from: number, to: number) => boolean {
  const sorted = sections.filter(({ size }) => size > 0).toSorted((one, two) => one.offset - two.offset);
  return (from, to) => sorted.some(({ offset, size }) => offset < to && offset + size > from);
}
