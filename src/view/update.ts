/** A whole screen, line by line. */
export interface Picture {
  /** Marks of colour included; none wider than the screen. */
  readonly lines: readonly string[];
  /** Where the cursor stands, from 0: on what is selected, so that a screen reader reads that. */
  readonly cursor: { readonly row: number; readonly column: number };
  /** Lines [from, to) that scroll. */
  readonly body: { readonly from: number; readonly to: number };
}

/** Terminals that know these show what is between them at once; others ignore them. */
const [begin, end] = ['\u001B[?2026h', '\u001B[?2026l'];

/** What to write so that one picture becomes the next: only lines that changed, and a scrolled body is scrolled by the terminal. */
export function change(before: Picture | undefined, next: Picture): string {
  if (before === undefined || before.lines.length !== next.lines.length) {
    return `${begin}\u001B[0m\u001B[2J${lines([], next.lines)}${cursorAt(next)}${end}`;
  }
  const [scroll, shifted] = scrolled(before, next);
  const text = scroll + lines(shifted, next.lines);
  const moved = before.cursor.row !== next.cursor.row || before.cursor.column !== next.cursor.column;
  if (text === '') return moved ? cursorAt(next) : '';
  return `${begin}${text}${cursorAt(next)}${end}`;
}

function lines(before: readonly string[], after: readonly string[]): string {
  return after
    .map((line, row) => (line === (before[row] ?? '') ? '' : `\u001B[${row + 1}H${line}\u001B[K`))
    .join('');
}

function cursorAt({ cursor: { row, column } }: Picture): string {
  return `\u001B[${row + 1};${column + 1}H`;
}

/** Scrolls the body by a few lines when that leaves fewer to write. @returns what does it, and the lines as they stand then */
function scrolled(before: Picture, next: Picture): [text: string, lines: readonly string[]] {
  const { from, to } = next.body;
  const old = before.lines.slice(from, to);
  const wanted = next.lines.slice(from, to);
  const same = (by: number): number =>
    wanted.filter((line, row) => line !== '' && line === old[row + by]).length;
  let best = 0;
  for (const by of [1, -1, 2, -2, 3, -3]) if (same(by) > same(best) + 2) best = by;
  if (best === 0) return ['', before.lines];
  const empty = Array.from({ length: Math.abs(best) }, () => '');
  const moved = best > 0 ? [...old.slice(best), ...empty] : [...empty, ...old.slice(0, best)];
  const text = `\u001B[${from + 1};${to}r\u001B[${Math.abs(best)}${best > 0 ? 'S' : 'T'}\u001B[r`;
  return [text, [...before.lines.slice(0, from), ...moved, ...before.lines.slice(to)]];
}
