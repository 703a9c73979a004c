import { oneLine } from '../safe.ts';
import type { Screen } from '../tty-lines.ts';
import { cut, displayWidth } from '../width.ts';
import type { Cell } from './live-state.ts';

/** Columns of a mark and the space behind it. */
export const markWidth = 2;

/** A mark, and as much of what is to be said as there is room for. */
export function drawCell(cell: Cell | undefined, width: number, now: number, screen: Screen): string {
  const { style, glyphs } = screen;
  if (!cell) return style.dim(pad(glyphs.waiting, width));
  const room = width - markWidth;
  const texts = noteOf(cell, now);
  const text = texts.find((each) => displayWidth(each) <= room) ?? texts[0] ?? '';
  const note = room < 2 ? '' : cut(text, room, glyphs.more);
  const shown = cell.state === 'started' || cell.state === 'failed' ? note : style.dim(note);
  return `${markOf(cell, now, screen)} ${shown}${' '.repeat(Math.max(0, room - displayWidth(note)))}`;
}

export function markOf(cell: Cell | undefined, now: number, { style, glyphs }: Screen): string {
  switch (cell?.state) {
    case 'started':
      return style.cyan(glyphs.spinner[Math.floor(now / 80) % glyphs.spinner.length] ?? '');
    case 'done':
      return style.green(glyphs.done);
    case 'failed':
      return style.red(glyphs.failed);
    case 'undone':
      return style.yellow(glyphs.undone);
    case undefined:
    default:
      return style.dim(glyphs.waiting);
  }
}

/** What a cell says beside its mark: its note, and where there is no room for that, how long it took. */
export function noteOf(cell: Cell | undefined, now: number): readonly string[] {
  if (!cell) return [];
  const note = oneLine(cell.note ?? '');
  const notes = note === '' ? [] : [note];
  if (cell.state === 'undone' || (cell.state === 'failed' && note !== '')) return notes;
  const took = `${(Math.max(0, (cell.endedAt ?? now) - cell.startedAt) / 1000).toFixed(1)} s`;
  return [...notes, took];
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
