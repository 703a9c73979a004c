import { maskUrls, safe } from '../safe.ts';
import type { Style } from '../style.ts';

import { displayWidth } from '../width.ts';
import { wrap } from '../wrap.ts';
import {
  textOf,
  type Cell,
  type Fact,
  type Report,
  type Row,
  type Section,
  type Table,
  type Tone,
} from './report.ts';
import { amount, grouped } from './words.ts';

export interface PlainView {
  readonly style: Style;
  /** Columns to keep within; Infinity for files and pipes, where nothing is broken. */
  readonly columns: number;
}

/** A report in lines of text: no line drawing, nothing told by colour alone. Long names are broken, never cut. */
export function plainReport(report: Report, view: PlainView): string {
  const parts = report.sections.map((section) => sectionLines(section, view).join('\n'));
  const title = broken(clean(report.title), view.columns).map((line) => view.style.bold(line));
  const head = [...title, ...factLines(report.facts, view)].join('\n');
  return `${[head, ...parts].join('\n\n')}\n`;
}

/** One part of a report, alone. */
export function plainSection(section: Section, view: PlainView): string {
  return sectionLines(section, view).join('\n');
}

function sectionLines(section: Section, view: PlainView): string[] {
  const { title, level = 1, facts = [], table, notes = [], verbatim } = section;
  const before = level === 1 ? '' : '  ';
  return [
    ...broken(clean(title), view.columns - before.length).map((line) => view.style.bold(before + line)),
    ...factLines(facts, view),
    ...(table ? tableLines(table, view) : []),
    ...notes.flatMap((note) => broken(clean(note), view.columns - 2).map((line) => `  ${line}`)),
    ...(verbatim === undefined
      ? []
      : safe(verbatim)
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`)),
  ];
}

function factLines(facts: readonly Fact[], { style, columns }: PlainView): string[] {
  const indent = Math.max(...facts.map(({ name }) => displayWidth(name)), 0) + 2;
  return facts.flatMap(({ name, text, tone }) =>
    broken(clean(textOf(text)), columns - indent).map((line, index) => {
      const label = index === 0 ? ` ${style.dim(name.padEnd(indent - 2))} ` : ' '.repeat(indent);
      return `${label}${toned(line, tone, style)}`;
    }),
  );
}

/** Least columns that the text of a table's last column is broken to; with less it stands below its numbers. */
const leastText = 24;
const gap = '  ';

function tableLines(table: Table, view: PlainView): string[] {
  const { head, left = [], rows, more } = table;
  const last = head.length - 1;
  const cells = rows.map((row) => row.cells.map((cell) => clean(textOf(cell))));
  const widths = head
    .slice(0, last)
    .map((name, column) => Math.max(...[name, ...cells.map((row) => row[column] ?? '')].map(displayWidth)));
  const before = gap.length + widths.reduce((sum, width) => sum + width + gap.length, 0);
  const room = view.columns - before;
  const below = room < leastText && [head, ...cells].some((row) => displayWidth(row[last] ?? '') > room);
  const indent = below ? gap.length * 2 : before;
  const numbers = (row: readonly string[]): string =>
    gap +
    widths
      .map((width, column) => {
        const text = row[column] ?? '';
        const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
        return left.includes(column) ? text + space : space + text;
      })
      .join(gap);
  const line = (row: Row, index: number): string[] => {
    const words = cells[index] ?? [];
    const text = broken(words[last] ?? '', view.columns - indent).map((part) =>
      toned(part, row.tone, view.style),
    );
    const [first = '', ...others] = below ? ['', ...text] : text;
    const under = (row.under ?? []).flatMap((part) => broken(clean(part), view.columns - indent));
    const lines = [
      `${numbers(words)}${gap}${first}`.trimEnd(),
      ...[...others, ...under.map((part) => view.style.dim(part))].map(
        (part) => `${' '.repeat(indent)}${part}`,
      ),
    ];
    return row.total ? lines.map((each) => view.style.bold(each)) : lines;
  };
  const rest = more
    ? [
        `${gap}${view.style.dim(`and ${grouped(more.count)} more ${more.what}${more.bytes === undefined ? '' : `, ${amount(more.bytes)}`}`)}`,
      ]
    : [];
  const name = head[last] ?? '';
  const headings = below
    ? [numbers(head), ...(name === '' ? [] : [' '.repeat(indent) + name])]
    : [`${numbers(head)}${gap}${name}`];
  const named = head.some((each) => each !== '');
  return [
    ...(named ? headings.map((each) => view.style.dim(each.trimEnd())) : []),
    ...rows.flatMap(line),
    ...rest,
  ];
}

/** Lines of at most `columns`: broken at spaces, and within words that are longer. */
function broken(text: string, columns: number): string[] {
  const room = Math.max(leastText / 2, columns);
  if (displayWidth(text) <= room) return [text];
  return wrap(text, room).flatMap((line) => (displayWidth(line) <= room ? [line] : chopped(line, room)));
}

function chopped(text: string, columns: number): string[] {
  const lines: string[] = [''];
  for (const char of text) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && displayWidth(line + char) > columns) lines.push(char);
    else lines[lines.length - 1] = line + char;
  }
  return lines;
}

function toned(text: string, tone: Tone | undefined, style: Style): string {
  if (tone === 'bad') return style.red(text);
  if (tone === 'warn') return style.yellow(text);
  return tone === 'good' ? style.green(text) : text;
}

/** One line that a terminal may be shown. */
export function clean(text: Cell): string {
  return maskUrls(safe(textOf(text))).replaceAll(/[\n\t]+/g, ' ');
}
