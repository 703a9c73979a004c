import type { Cell, Column, Section } from '../data.ts';
import { button, make } from './dom.ts';
import { bytes, exactBytes } from './words.ts';

const chunk = 50;

/** The parts of the page below the map. `go` shows a path on the map. */
export function makeSections(sections: readonly Section[], go: (path: string) => void): HTMLElement {
  return make('div', { class: 'sections' }, ...sections.map((section) => makeSection(section, go)));
}

function makeSection(section: Section, go: (path: string) => void): HTMLElement {
  const { id, title, about } = section;
  const element = make(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    make('h2', { id: `${id}-title` }, title),
    make('p', { class: 'about' }, about),
  );
  if (section.as === 'text') element.append(make('pre', { tabindex: 0 }, section.text));
  else element.append(...makeTable(section, go));
  return element;
}

function makeTable(section: Section & { readonly as: 'table' }, go: (path: string) => void): HTMLElement[] {
  const { columns, title, more } = section;
  const head = make('tr');
  const body = make('tbody');
  const footer = make('p', { class: 'more' });
  let rows = section.rows;
  let shown = 0;
  let sorted = -1;
  let descending = false;
  const grow = (): void => {
    const next = rows.slice(shown, shown + chunk);
    body.append(...next.map((row) => makeRow(columns, row, go)));
    shown += next.length;
    footer.replaceChildren();
    const left = rows.length - shown;
    if (left > 0) footer.append(button({}, grow, `Show ${Math.min(chunk, left)} more of ${left}`));
    else if (more !== undefined) footer.append(more);
  };
  const sortBy = (column: number): void => {
    descending = sorted === column ? !descending : typeof section.rows[0]?.[column] === 'number';
    sorted = column;
    rows = sortRows(section.rows, column, descending);
    body.replaceChildren();
    shown = 0;
    grow();
    headings();
    head.querySelectorAll('button')[column]?.focus();
  };
  const headings = (): void => {
    head.replaceChildren(
      ...columns.map(({ label, as }, column) => {
        const order = column === sorted ? (descending ? 'descending' : 'ascending') : 'none';
        const arrow = column === sorted ? (descending ? ' ↓' : ' ↑') : '';
        const press = button({}, () => sortBy(column), label, make('span', { 'aria-hidden': 'true' }, arrow));
        return make('th', { scope: 'col', 'aria-sort': order, class: as }, press);
      }),
    );
  };
  headings();
  grow();
  const table = make('table', { 'aria-label': title }, make('thead', {}, head), body);
  return [make('div', { class: 'wide' }, table), footer];
}

function sortRows(
  rows: readonly (readonly Cell[])[],
  column: number,
  descending: boolean,
): readonly (readonly Cell[])[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a = '', b = ''] = [left[column], right[column]];
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b)));
  });
}

function makeRow(
  columns: readonly Column[],
  row: readonly Cell[],
  go: (path: string) => void,
): HTMLTableRowElement {
  return make(
    'tr',
    {},
    ...columns.map(({ as, label }, index) => {
      const cell = row[index] ?? '';
      const attributes = { class: as, 'data-label': label };
      if (as === 'bytes')
        return make('td', { ...attributes, title: exactBytes(Number(cell)) }, bytes(Number(cell)));
      if (as === 'share') return make('td', attributes, `${(Number(cell) * 100).toFixed(1)} %`);
      if (as === 'count') return make('td', attributes, cell.toLocaleString('en'));
      const text = String(cell);
      if (as === 'code') return make('td', attributes, make('code', {}, text));
      if (as === 'path' && text !== '')
        return make(
          'td',
          attributes,
          button({ class: 'link', title: 'Show it on the map' }, () => go(text), text),
        );
      return make('td', attributes, text);
    }),
  );
}
