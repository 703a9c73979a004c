import type { Comparison, GateResult } from '../../compare/types.ts';
import { fenced, inline, prose } from '../explain/markdown.ts';
import { code } from '../explain/report.ts';
import { maskUrls, safe } from '../safe.ts';
import {
  decisionWords,
  failuresWords,
  gatesWords,
  headWords,
  methodsWords,
  notesWords,
  superscript,
  type Words,
} from './sections.ts';
import { comparisonTable, type Cell, type ComparisonTable, type TableGroup } from './table.ts';

/** A comparison in GitHub-flavoured Markdown: tables and what must be said of them; all else folded away. */
export function markdownComparison(comparison: Comparison, gates: readonly GateResult[]): string {
  const table = comparisonTable(comparison);
  const folded = [methodsWords(comparison), failuresWords(comparison)].filter(
    ({ items }) => items.length > 0,
  );
  const head = headWords(comparison);
  const blocks = [
    `## ${prose(head.title)}`,
    items(head),
    ...(gates.length === 0 ? [] : [words(gatesWords(gates))]),
    ...table.groups.map((group) => `### ${prose(group.title)}\n\n${tableBlock(table, group)}`),
    footnotes(table),
    items(notesWords(comparison)),
    words(decisionWords(comparison)),
    ...folded.map(
      (part) => `<details>\n<summary>${prose(part.title)}</summary>\n\n${items(part)}\n\n</details>`,
    ),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function tableBlock({ rows, footnotes: reasons }: ComparisonTable, { columns }: TableGroup): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  // Failures have their footnotes behind those of dashes.
  const failures = rows.filter(({ failure }) => failure);
  const lines = rows.map((row, index) => {
    const at = failures.indexOf(row);
    const mark = at < 0 ? '' : superscript(reasons.length + at + 1);
    const name = inline(code(row.name));
    return line([
      `${row.chosen ? `**${name}**` : name}${mark}`,
      ...columns.map(({ cells }) => cellText(cells[index])),
    ]);
  });
  return [
    line(['method', ...columns.map(({ heading }) => prose(heading.toLowerCase()))]),
    line(['---', ...columns.map(() => '--:')]),
    ...lines,
  ].join('\n');
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const text = prose(cell.text);
  if (cell.footnote !== undefined) return text + superscript(cell.footnote);
  return cell.best ? `**${text}**` : text;
}

function footnotes({ rows, groups, footnotes: reasons }: ComparisonTable): string {
  const failures = rows.flatMap(({ name, failure }) =>
    failure ? [`${name} ${failure.what}: ${failure.cause}`] : [],
  );
  const best = groups.some(({ columns }) => columns.some(({ cells }) => cells.some((cell) => cell.best)));
  return [
    ...(best
      ? ['**Bold**: the best of its column among methods that work, and any that lies within its spread.']
      : []),
    ...[...reasons, ...failures].map((text, index) => `${superscript(index + 1)} ${prose(text)}`),
  ].join('  \n');
}

function words(part: Words): string {
  return `### ${prose(part.title)}\n\n${items(part)}`;
}

function items({ items: all }: Words): string {
  return all
    .map(({ name = '', text, said }) => {
      const label = name === '' ? '' : `**${prose(name)}**: `;
      const lines = said === undefined ? '' : `\n\n${indented(fenced(maskUrls(safe(said.join('\n')))))}`;
      return `- ${label}${prose(text)}${lines}`;
    })
    .join('\n');
}

/** Inside an item of a list. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
