import type { ComparePage, HoldingRow } from '../../compare/data.ts';
import { make } from '../dom.ts';
import { methodName } from './part.ts';

const groups = [
  { kind: 'gain', title: 'Programs may need it' },
  { kind: 'risk', title: 'Attackers use it' },
] as const;

/** What each image holds: things in rows, methods in columns; each cell says where it is, or that it is not there. */
export function makeHoldings({ holdings, methods }: ComparePage): HTMLElement[] {
  if (holdings.length === 0) return [];
  const head = make(
    'tr',
    {},
    make('td'),
    ...methods.map((method) => make('th', { scope: 'col' }, methodName(method))),
  );
  const bodies = groups.flatMap(({ kind, title }) => {
    const rows = holdings.filter((each) => each.kind === kind);
    if (rows.length === 0) return [];
    const heading = make('th', { scope: 'rowgroup', colspan: methods.length + 1, class: 'group' }, title);
    return [make('tbody', {}, make('tr', {}, heading), ...rows.map(makeRow))];
  });
  const table = make(
    'table',
    { 'aria-label': 'What each holds and lacks' },
    make('thead', {}, head),
    ...bodies,
  );
  return [
    make(
      'div',
      { class: 'wide matrix', tabindex: 0, role: 'region', 'aria-label': 'What each holds and lacks' },
      table,
    ),
  ];
}

function makeRow({ what, kind, cells }: HoldingRow): HTMLTableRowElement {
  return make(
    'tr',
    {},
    make('th', { scope: 'row', class: 'rowhead' }, what),
    ...cells.map((cell) => {
      if (cell === null) return make('td', { class: 'unknown' }, 'no image');
      if (cell === false) return make('td', { class: 'no' }, 'none');
      return make(
        'td',
        { class: `yes ${kind}` },
        make('span', { 'aria-hidden': 'true' }, kind === 'risk' ? '! ' : '✓ '),
        cell,
      );
    }),
  );
}
