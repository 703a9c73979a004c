import { maskUrls, safe } from '../safe.ts';

import type { Cell, Report, Section, Table } from './report.ts';
import { amount, grouped } from './words.ts';

/** A report in GitHub-flavoured Markdown. `level` is that of its title. */
export function markdownReport(report: Report, level = 2): string {
  const facts = report.facts.map(({ name, text }) => `- **${prose(name)}**: ${inline(text)}`);
  const sections = report.sections.map((section) => sectionBlocks(section, level + (section.level ?? 1)));
  const head = `${'#'.repeat(level)} ${prose(report.title)}`;
  return `${[head, facts.join('\n'), ...sections].filter((block) => block !== '').join('\n\n')}\n`;
}

function sectionBlocks(section: Section, level: number): string {
  const { title, facts = [], table, notes = [], verbatim, folded } = section;
  const blocks = [
    facts.map(({ name, text }) => `- **${prose(name)}**: ${inline(text)}`).join('\n'),
    table ? tableBlock(table) : '',
    notes.map((note) => prose(note)).join('\n\n'),
    verbatim === undefined ? '' : fenced(safe(verbatim).trimEnd()),
  ].filter((block) => block !== '');
  const body = blocks.join('\n\n');
  if (folded) return `<details>\n<summary>${prose(title)}</summary>\n\n${body}\n\n</details>`;
  return `${'#'.repeat(Math.min(6, level))} ${prose(title)}\n\n${body}`.trimEnd();
}

function tableBlock({ head, left = [], rows, more }: Table): string {
  const last = head.length - 1;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const marks = head.map((_, column) => (column === last || left.includes(column) ? '---' : '--:'));
  const lines = rows.map((row) => {
    const cells = head.map((_, column) => inline(row.cells[column] ?? ''));
    const under = (row.under ?? []).map((text) => `<br>${prose(text)}`).join('');
    const shown = row.total ? cells.map((cell) => (cell === '' ? '' : `**${cell}**`)) : cells;
    return line(shown.map((cell, column) => (column === last ? cell + under : cell)));
  });
  const rest = more
    ? `\n\nAnd ${grouped(more.count)} more ${prose(more.what)}${more.bytes === undefined ? '' : `, ${amount(more.bytes)}`}.`
    : '';
  return [line(head.map(prose)), line(marks), ...lines].join('\n') + rest;
}

/** A cell, with what is of files and programs marked as such. */
export function inline(cell: Cell): string {
  if (typeof cell === 'string') return prose(cell);
  const text = oneLine(cell.code).replaceAll('|', '\\|');
  if (text === '') return '';
  // A fence is longer than any row of backticks in it (CommonMark 0.31, 6.1).
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest > 0 ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}

/** Text that says nothing to Markdown, nor to the HTML in it. */
export function prose(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

function oneLine(text: string): string {
  return maskUrls(safe(text)).replaceAll(/\s+/g, ' ').trim();
}

/** Lines as they are. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
