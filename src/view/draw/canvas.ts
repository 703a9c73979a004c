import { displayWidth } from '../../render/width.ts';
import type { Block } from '../treemap.ts';
import type { Painter } from './painter.ts';

export type Look = 'plain' | 'dim' | 'waste' | 'selected' | 'border' | 'frame';

/** A grid of characters to draw blocks on. */
export interface Canvas {
  /** A border, joined to those that it meets. */
  box(block: Block): void;
  /** A thicker border over what is there. */
  frame(block: Block): void;
  /** Text from a place on, which must have room for it. */
  write(column: number, row: number, text: string, look: Look): void;
  lines(): string[];
}

const [up, down, left, right] = [1, 2, 4, 8];

export function canvas(columns: number, rows: number, paint: Painter): Canvas {
  const grid = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => ({ text: ' ', look: 'plain' as Look, border: 0 })),
  );
  const line = (column: number, row: number, directions: number, look: 'border' | 'frame'): void => {
    const cell = grid[row]?.[column];
    if (cell === undefined) return;
    const border = look === 'border' ? cell.border | directions : directions;
    const text = (look === 'border' ? paint.glyphs.border : paint.glyphs.frame)[border] ?? ' ';
    Object.assign(cell, { border, look, text });
  };
  const outline = (block: Block, look: 'border' | 'frame'): void => {
    for (let x = block.left + 1; x < block.right; x++) {
      line(x, block.top, left | right, look);
      line(x, block.bottom, left | right, look);
    }
    for (let y = block.top + 1; y < block.bottom; y++) {
      line(block.left, y, up | down, look);
      line(block.right, y, up | down, look);
    }
    line(block.left, block.top, right | down, look);
    line(block.right, block.top, left | down, look);
    line(block.left, block.bottom, right | up, look);
    line(block.right, block.bottom, left | up, look);
  };
  return {
    box: (block) => outline(block, 'border'),
    frame: (block) => outline(block, 'frame'),
    write(column, row, text, look) {
      let at = column;
      let before = at;
      for (const char of text) {
        const width = displayWidth(char);
        const cell = grid[row]?.[width === 0 ? before : at];
        if (cell === undefined) return;
        Object.assign(cell, { look, text: width === 0 ? cell.text + char : char });
        // The second half of a wide character holds nothing of its own.
        for (let half = 1; half < width; half++)
          Object.assign(grid[row]?.[at + half] ?? {}, { look, text: '' });
        before = width === 0 ? before : at;
        at += width;
      }
    },
    lines: () => grid.map((cells) => paintRow(cells, paint)),
  };
}

/** Marks up runs of the same look. */
function paintRow(cells: readonly { readonly text: string; readonly look: Look }[], paint: Painter): string {
  const looks: Readonly<Record<Look, (text: string) => string>> = {
    plain: (text) => text,
    dim: paint.dim,
    border: paint.dim,
    frame: paint.bold,
    waste: paint.yellow,
    selected: paint.selected,
  };
  let line = '';
  for (let at = 0; at < cells.length;) {
    const look = cells[at]?.look ?? 'plain';
    let run = '';
    for (; at < cells.length && cells[at]?.look === look; at++) run += cells[at]?.text ?? '';
    line += looks[look](run);
  }
  return line.trimEnd();
}
