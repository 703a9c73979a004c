import type { Comparison, GateResult } from '../../compare/types.ts';
import { clean } from '../explain/plain.ts';
import type { Style } from '../style.ts';
import { displayWidth } from '../width.ts';
import { wrap } from '../wrap.ts';
import { figureTables, type TextView } from './plain.ts';
import {
  decisionWords,
  failuresWords,
  gatesWords,
  headWords,
  legendItems,
  methodsWords,
  notesWords,
  type Item,
  type Words,
} from './sections.ts';
import { comparisonTable } from './table.ts';

/** The whole comparison in lines of text. */
export function renderComparison(
  comparison: Comparison,
  gates: readonly GateResult[],
  view: TextView,
): string {
  const parts = [
    wordsText(headWords(comparison), view),
    ...(gates.length === 0 ? [] : [renderGates(gates, view)]),
    figureTables(comparisonTable(comparison), view),
    itemsText(legendItems(comparison), view),
    ...[
      notesWords(comparison),
      failuresWords(comparison),
      methodsWords(comparison),
      decisionWords(comparison),
    ]
      .filter(({ items }) => items.length > 0)
      .map((words) => wordsText(words, view)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What came of --gate, alone. */
export function renderGates(gates: readonly GateResult[], view: TextView): string {
  return wordsText(gatesWords(gates), view);
}

function wordsText({ title, items }: Words, view: TextView): string {
  const lines = wrap(clean(title), Math.min(view.columns, 100)).map((line) => view.style.bold(line));
  return [...lines, itemsText(items, view)].join('\n');
}

/** Names at the left, as wide as the widest of them; what follows is broken at spaces. */
function itemsText(items: readonly Item[], { style, columns }: TextView): string {
  const room = Math.min(columns, 100);
  const most = Math.max(0, ...items.map(({ name = '' }) => displayWidth(clean(name))));
  const width = Math.min(most, Math.floor(room / 3));
  return items
    .flatMap(({ name, text, said = [], tone }) => {
      const label = name === undefined ? '' : clean(name);
      const above = displayWidth(label) > width;
      const indent = name === undefined ? 2 : width + 4;
      const lines = wrap(clean(text), Math.max(20, room - indent));
      const head =
        name === undefined
          ? '  '
          : `  ${toned(label, tone, style)}${' '.repeat(Math.max(0, width - displayWidth(label)))}  `;
      return [
        ...(above ? [head.trimEnd()] : []),
        ...lines.map((line, index) => `${index === 0 && !above ? head : ' '.repeat(indent)}${line}`),
        ...said.map((line) => `${' '.repeat(indent)}${style.dim(clean(line))}`),
      ];
    })
    .join('\n');
}

function toned(text: string, tone: Item['tone'], style: Style): string {
  if (tone === 'bad') return style.red(text);
  return tone === 'good' ? style.green(text) : style.dim(text);
}
