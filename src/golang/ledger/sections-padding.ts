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
  const cuts = sectionCuts(layout.sections, bytes.length);
  const out = makePieces(bytes.length, accounts.unattributed);
  const { start } = pieces;
  let cut = 0;
  for (let index = 0; index < start.length; index++) {
    const from = start[index] ?? 0;
    const to = index + 1 < start.length ? (start[index + 1] ?? 0) : bytes.length;
    const owner = pieces.account[index] ?? 0;
    const put = (at: number): void => {
      out.put(at, owner, pieces.kind[index] ?? 0, pieces.evidence[index] ?? 0);
    };
    if (owner !== accounts.unattributed) {
      put(from);
      continue;
    }
    for (let at = from; at < to;) {
      while ((cuts.at[cut + 1] ?? bytes.length) <= at) cut++;
      const end = Math.min(to, cuts.at[cut + 1] ?? bytes.length);
      const long = cuts.inside[cut] === 1 && end - at > longestWithin;
      if (!long && isFiller(bytes, at, end)) out.put(at, account, padding, structure);
      else put(at);
      at = end;
    }
  }
  return out.pieces();
}

function isFiller(bytes: Buffer, from: number, to: number): boolean {
  const filler = bytes[from];
  if (filler !== 0 && filler !== 0xcc) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== filler) return false;
  return true;
}

/** The file cut where sections begin and end, and whether each part is inside of one. */
function sectionCuts(
  sections: Opened['layout']['sections'],
  size: number,
): { at: Float64Array; inside: Uint8Array } {
  const full = sections.filter((section) => section.size > 0);
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
