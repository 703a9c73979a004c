import { displayWidth } from '../render/width.ts';
import { wrap } from '../render/wrap.ts';
import { bindings, keyNames } from './keys.ts';
import { layoutOf } from './layout.ts';
import { detailsOf } from './details.ts';
import type { Cover, State } from './state.ts';
import { clean } from './text.ts';

/** A line of a page: a name, and its text beside it. */
export interface PageLine {
  readonly name: string;
  readonly text: string;
}

type Page = Exclude<Cover['kind'], 'map'>;

/** Columns of the names at the left. */
export function nameColumns(kind: Page): number {
  return kind === 'keys' ? 23 : 16;
}

/** The lines of a page, as long as the window is wide. How many they are does not depend on `utf8`. */
export function pageLines(state: State, kind: Page, utf8: boolean): PageLine[] {
  const columns = Math.max(1, layoutOf(state).width - nameColumns(kind) - 1);
  const paragraphs =
    kind === 'details'
      ? detailsOf(state)
      : bindings.map((binding) => ({ name: keyNames(binding, utf8).join(' '), text: binding.does }));
  return paragraphs.flatMap(({ name, text }) => paragraph(name, clean(text), columns));
}

function paragraph(name: string, text: string, columns: number): PageLine[] {
  return wrap(text, columns)
    .flatMap((line) => pieces(line, columns))
    .map((line, index) => ({ name: index === 0 ? name : '', text: line }));
}

/** A word that is longer than a line goes on below. */
function pieces(line: string, columns: number): string[] {
  if (displayWidth(line) <= columns) return [line];
  const found: string[] = [];
  let piece = '';
  let width = 0;
  for (const char of line) {
    const next = displayWidth(char);
    if (width + next > columns && piece !== '') {
      found.push(piece);
      piece = '';
      width = 0;
    }
    piece += char;
    width += next;
  }
  return [...found, piece];
}

/** How far a page can scroll. */
export function lastScroll(state: State, kind: Page): number {
  return Math.max(0, pageLines(state, kind, true).length - layoutOf(state).body);
}
