import type { ComparePage, FigureCell } from '../../compare/data.ts';
import { make } from '../dom.ts';
import { sortableTable } from '../sortable.ts';
import { bestMark, methodName } from './part.ts';

/** All figures, in a table that its reader sorts. Dashes have their reasons below it. */
export function makeFigures({ figures, methods }: ComparePage): HTMLElement[] {
  const reasons: string[] = [];
  const rows = methods.map((method, index) => ({ method, cells: figures.map(({ cells }) => cells[index]) }));
  // Row by row, so that footnotes are counted in the order in which they are met. A row in which nothing is known says why itself.
  for (const { method, cells } of rows) {
    if (method.failure && cells.every((cell) => cell?.rank === undefined)) continue;
    for (const cell of cells) {
      const why = cell?.rank === undefined ? cell?.about : undefined;
      if (why !== undefined && !reasons.includes(why)) reasons.push(why);
    }
  }
  const elements = sortableTable({
    title: 'All figures',
    columns: [
      { label: 'method', as: 'rowhead' },
      ...figures.map(({ label, about }) => ({ label, about, as: 'count' })),
    ],
    rows,
    chunk: rows.length,
    frame: 'wide figures',
    descendingFirst: () => false,
    value: ({ method, cells }, column) => (column === 0 ? method.name : cells[column - 1]?.rank),
    make: ({ method, cells }) =>
      make(
        'tr',
        {
          class: method.failure ? 'failed' : method.chosen ? 'chosen' : undefined,
          'data-method': method.name,
        },
        make(
          'th',
          { scope: 'row', class: 'rowhead' },
          methodName(method),
          ...(method.failure ? [make('span', { class: 'failure' }, method.failure.what)] : []),
        ),
        ...cells.map((cell, index) => makeCell(cell, figures[index]?.label ?? '', reasons)),
      ),
  });
  const notes = reasons.map((why, index) => make('li', { id: `why-${index + 1}` }, why));
  const legend =
    '★: the best of its column among methods that work, and any that lies within its spread. –: not measured, with the reason below.';
  return [
    make('p', { class: 'about' }, legend),
    ...elements,
    ...(notes.length > 0
      ? [make('ol', { class: 'reasons', 'aria-label': 'Why figures are missing' }, ...notes)]
      : []),
  ];
}

function makeCell(cell: FigureCell | undefined, label: string, reasons: readonly string[]): HTMLElement {
  const { text = '', rank, best, about } = cell ?? {};
  const element = make(
    'td',
    { class: best ? 'count best' : 'count', title: about, 'data-label': label },
    text,
  );
  if (best) element.append(bestMark());
  const why = rank === undefined ? reasons.indexOf(about ?? '') : -1;
  if (why >= 0) {
    const link = make(
      'a',
      { href: `#why-${why + 1}`, 'aria-label': `not measured: ${about ?? ''}` },
      String(why + 1),
    );
    element.append(make('sup', {}, link));
  }
  return element;
}
