import { button, make } from './dom.ts';

/** A table that its readers sort, by each of its columns. */
export interface Sortable<Row> {
  readonly title: string;
  readonly columns: readonly { readonly label: string; readonly as: string; readonly about?: string }[];
  readonly rows: readonly Row[];
  /** Rows that are shown at once; the rest when it is asked for. */
  readonly chunk: number;
  /** Said below the last row. */
  readonly more?: string;
  /** Classes of the element around the table. */
  readonly frame: string;
  /** Whether the first press on a column puts the greatest first. */
  descendingFirst(column: number): boolean;
  /** What a row is sorted by; what has no value stands last in either order. */
  value(row: Row, column: number): string | number | undefined;
  make(row: Row): HTMLTableRowElement;
}

/** The table in its frame, and what stands below it. */
export function sortableTable<Row>(table: Sortable<Row>): HTMLElement[] {
  const { columns, chunk, more } = table;
  const head = make('tr');
  const body = make('tbody');
  const footer = make('p', { class: 'more' });
  let rows = table.rows;
  let shown = 0;
  let sorted = -1;
  let descending = false;
  const grow = (): void => {
    const next = rows.slice(shown, shown + chunk);
    body.append(...next.map((row) => table.make(row)));
    shown += next.length;
    footer.replaceChildren();
    const left = rows.length - shown;
    if (left > 0) footer.append(button({}, grow, `Show ${Math.min(chunk, left)} more of ${left}`));
    else if (more !== undefined) footer.append(more);
  };
  const sortBy = (column: number): void => {
    descending = sorted === column ? !descending : table.descendingFirst(column);
    sorted = column;
    rows = sortRows(table, column, descending);
    body.replaceChildren();
    shown = 0;
    grow();
    headings();
    head.querySelectorAll('button')[column]?.focus();
  };
  const headings = (): void => {
    head.replaceChildren(
      ...columns.map(({ label, as, about }, column) => {
        const order = column === sorted ? (descending ? 'descending' : 'ascending') : 'none';
        const arrow = column === sorted ? (descending ? ' ↓' : ' ↑') : '';
        const mark = make('span', { 'aria-hidden': 'true' }, arrow);
        const press = button({ title: about }, () => sortBy(column), label, mark);
        return make('th', { scope: 'col', 'aria-sort': order, class: as }, press);
      }),
    );
  };
  headings();
  grow();
  const element = make('table', { 'aria-label': table.title }, make('thead', {}, head), body);
  return [make('div', { class: table.frame }, element), footer];
}

function sortRows<Row>({ rows, value }: Sortable<Row>, column: number, descending: boolean): readonly Row[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a, b] = [value(left, column), value(right, column)];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b)));
  });
}
