import type { Style } from '../style.ts';
import { clean } from '../explain/plain.ts';
import { displayWidth } from '../width.ts';
import { wrap } from '../wrap.ts';
import { superscript } from './sections.ts';
import type { Cell, ComparisonTable, TableColumn } from './table.ts';

export interface TextView {
  readonly style: Style;
  /** Columns to keep within; Infinity for files and pipes. */
  readonly columns: number;
}

/** Where nobody says how wide it may be: logs and editors show so much. */
const usual = 100;
const gap = 2;
const margin = 2;

interface Laid {
  readonly heading: string;
  readonly cells: readonly Cell[];
  readonly width: number;
  /** Columns behind the numbers, of stars and footnotes. */
  readonly hang: number;
}

/** The tables of figures: one where there is room, else one for each group of columns, and of a group as many as it takes. */
export function figureTables(table: ComparisonTable, view: TextView): string {
  const columns = view.columns === Infinity ? usual : view.columns;
  const names = table.rows.map(({ name }) => clean(name));
  const longest = Math.max(6, ...names.map(displayWidth));
  const nameWidth = Math.min(longest, Math.max(10, Math.floor(columns / 3)));
  const room = columns - margin - nameWidth;
  const parts = together(
    table.groups.map(({ title, columns: own }) => ({ title, columns: own.map(lay) })),
    room,
  ).flatMap((part) => packed(part, room));
  return parts
    .map(({ title, columns: laid }, index) => {
      const lines = tableLines(table, laid, { style: view.style, columns, nameWidth, first: index === 0 });
      return [view.style.bold(title), ...lines].join('\n');
    })
    .join('\n\n');
}

/** Groups that fit beside one another are one table. */
function together(groups: readonly Part[], room: number): Part[] {
  const parts: Part[] = [];
  for (const group of groups) {
    const last = parts.at(-1);
    const columns = [...(last?.columns ?? []), ...group.columns];
    if (last && taken(columns) <= room) parts[parts.length - 1] = { title: 'Figures', columns };
    else parts.push(group);
  }
  return parts;
}

function lay({ heading, cells }: TableColumn): Laid {
  const hang = Math.max(...cells.map((cell) => displayWidth(hanging(cell))));
  const width = Math.max(displayWidth(heading) - hang, ...cells.map(({ text }) => displayWidth(text)));
  return { heading, cells, width, hang };
}

interface Part {
  readonly title: string;
  readonly columns: readonly Laid[];
}

/** Columns that these take on a line. */
function taken(columns: readonly Laid[]): number {
  return columns.reduce((sum, { width, hang }) => sum + gap + width + hang, 0);
}

/** A table that is too wide in as many as it takes. */
function packed({ title, columns }: Part, room: number): Part[] {
  const parts: Laid[][] = [];
  for (const column of columns) {
    const last = parts.at(-1);
    if (last && taken([...last, column]) <= room) last.push(column);
    else parts.push([column]);
  }
  return parts.map((some, index) => ({ title: index === 0 ? title : `${title}, continued`, columns: some }));
}

interface LineView {
  readonly style: Style;
  readonly columns: number;
  readonly nameWidth: number;
  /** The first table says why methods failed, the others only that they did. */
  readonly first: boolean;
}

function tableLines(table: ComparisonTable, columns: readonly Laid[], view: LineView): string[] {
  const heading = columns.map(
    ({ heading: name, width, hang }) => ' '.repeat(gap) + atRight(name, width + hang),
  );
  const head = `${' '.repeat(margin)}${'METHOD'.padEnd(view.nameWidth)}${heading.join('')}`;
  return [
    view.style.dim(head.trimEnd()),
    ...table.rows.flatMap((_, row) => rowLines(table, columns, row, view)),
  ];
}

function rowLines(table: ComparisonTable, columns: readonly Laid[], index: number, view: LineView): string[] {
  const row = table.rows[index];
  if (!row) return [];
  const { style, nameWidth } = view;
  const { name, chosen, failure } = row;
  const marked = (text: string): string => {
    if (failure) return style.red(text);
    return chosen ? style.bold(text) : text;
  };
  const [first = '', ...more] = brokenName(clean(name), nameWidth);
  const pad = ' '.repeat(Math.max(0, nameWidth - displayWidth(first)));
  const figures = columns.map((column) => ' '.repeat(gap) + shown(column, index, style)).join('');
  const nothing = columns.every(({ cells }) => cells[index]?.missing === true);
  const besides = view.columns - margin - nameWidth - gap;
  const what = failure && displayWidth(failure.what) <= besides ? failure.what : failure?.short;
  const body = what !== undefined && nothing ? ' '.repeat(gap) + style.red(what) : figures;
  const why =
    failure && view.first
      ? `${nothing && what === failure.what ? '' : `${failure.what}: `}${failure.cause}`
      : undefined;
  const room = Math.max(20, Math.min(view.columns, usual) - margin * 2);
  const told = why === undefined ? [] : wrap(clean(why), room);
  return [
    `${chosen ? '> ' : '  '}${marked(first)}${pad}${body}`.trimEnd(),
    ...more.map((part) => `${' '.repeat(margin)}${marked(part)}`),
    ...told.map((line) => `${' '.repeat(margin * 2)}${style.red(line)}`),
  ];
}

function shown({ cells, width, hang }: Laid, row: number, style: Style): string {
  const cell = cells[row] ?? { text: '' };
  const mark = hanging(cell);
  const text = atRight(cell.text, width);
  const after = mark + ' '.repeat(Math.max(0, hang - displayWidth(mark)));
  if (cell.best) return style.green(text + after);
  return cell.footnote === undefined ? text + after : text + style.dim(after);
}

function atRight(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

function hanging({ best, footnote }: Cell): string {
  if (footnote !== undefined) return superscript(footnote);
  return best ? '*' : '';
}

/** A name that was given, path or reference, in lines as wide as the column. */
function brokenName(name: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const char of name) {
    if (line !== '' && displayWidth(line + char) > width) {
      lines.push(line);
      line = '';
    }
    line += char;
  }
  return [...lines, line];
}
