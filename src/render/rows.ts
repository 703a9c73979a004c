import { maskUrls, safe } from './safe.ts';
import type { Style } from './style.ts';
import { displayWidth } from './width.ts';
import { wrap } from './wrap.ts';

/** Widest result for people, whatever the terminal: longer lines are hard to read. */
const widest = 100;

/** Columns of the names at the left: one free, the longest name, one free. A digest beside it just fits 80. */
const usual = 9;

/** A name at the left, its text wrapped beside it. The text may hold marks of colour; what comes from outside must be safe. */
export function row(
  name: string,
  text: string,
  view: { style: Style; columns: number; indent?: number },
): string {
  const indent = view.indent ?? usual;
  const lines = wrap(maskUrls(text), Math.max(20, Math.min(view.columns, widest) - indent));
  const label = ` ${view.style.dim(name.padEnd(indent - 2))} `;
  return lines
    .map((line, index) => `${index === 0 ? label : ' '.repeat(indent)}${line}`.trimEnd())
    .join('\n');
}

/** Columns as wide as what is in them, two spaces apart; the first row is the heading. */
export function table(rows: readonly (readonly string[])[], style: Style): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => displayWidth(cells[column] ?? ''))),
  );
  const lines = rows.map((cells, index) => {
    const line = cells.map((cell, column) => {
      const text = safe(cell);
      return column === cells.length - 1
        ? text
        : text + ' '.repeat((widths[column] ?? 0) - displayWidth(text));
    });
    return index === 0 ? style.dim(line.join('  ')) : line.join('  ');
  });
  return lines.join('\n');
}
