import type { Cell, Column, Section } from '../data.ts';
import { button, make } from './dom.ts';
import { sortableTable } from './sortable.ts';
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
  const { columns, rows, title, more } = section;
  return sortableTable({
    ...{ title, columns, rows, chunk },
    ...(more === undefined ? {} : { more }),
    frame: 'wide stack',
    descendingFirst: (column) => typeof rows[0]?.[column] === 'number',
    value: (row, column) => row[column] ?? '',
    make: (row) => makeRow(columns, row, go),
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
