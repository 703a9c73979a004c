import { select, zoomTo } from './actions.ts';
import { button, make, swatch } from './dom.ts';
import type { Look } from './look.ts';
import { rowNodes, rowOf, type Order, type SortKey } from './rows.ts';
import type { State, Store } from './store.ts';
import { bytes, counted, share } from './words.ts';

/** The table beside the map: the same nodes, the same selection. */
export interface TableView {
  readonly element: HTMLElement;
  /** Moves the selection by rows. */
  move(by: number): void;
  /** Takes the keyboard's focus, and selects the first row when none is. */
  enter(): void;
  repaint(): void;
}

const chunk = 200;
const columns: readonly { readonly key: SortKey; readonly label: string }[] = [
  { key: 'name', label: 'Name' },
  { key: 'bytes', label: 'Bytes' },
  { key: 'waste', label: 'Waste' },
];
/** Beside the bytes, and in their order. */
const shareLabel = 'Share';

export function makeTable(store: Store, look: () => Look): TableView {
  const head = make('tr');
  const body = make('tbody');
  const table = make('table', { role: 'grid', 'aria-label': 'What is in it' }, make('thead', {}, head), body);
  const summary = make('p', { class: 'summary', role: 'status' });
  const scroller = make('div', { class: 'scroller' }, table);
  const element = make('div', { class: 'table' }, summary, scroller);
  let order: Order = { key: 'bytes', descending: true };
  let nodes: number[] = [];
  let shown = 0;
  const rows = new Map<number, HTMLTableRowElement>();

  const sortBy = (key: SortKey): void => {
    order = { key, descending: order.key === key ? !order.descending : key !== 'name' };
    rebuild();
    head.querySelector<HTMLButtonElement>(`[data-key=${key}]`)?.focus();
  };
  const grow = (): void => {
    const state = store.get();
    const more = nodes.slice(shown, shown + chunk);
    body.append(...more.map((node, index) => makeRow(state, node, shown + index)));
    shown += more.length;
  };
  const makeRow = (state: State, node: number, index: number): HTMLTableRowElement => {
    const row = nodeRow(state, node, look());
    row.setAttribute('aria-rowindex', String(index + 2));
    row.addEventListener('click', () => {
      if (store.get().selected === node) zoomTo(store, node);
      else select(store, node);
    });
    row.addEventListener('pointerenter', () => store.set({ hover: node }));
    row.addEventListener('pointerleave', () => store.set({ hover: -1 }));
    rows.set(node, row);
    return row;
  };
  const rebuild = (): void => {
    const state = store.get();
    const hasWaste = state.tree.wasted[0] !== 0;
    element.classList.toggle('clean', !hasWaste);
    element.classList.toggle('found', state.matches !== undefined);
    head.replaceChildren(...columns.map(({ key, label }) => headCell(key, label, order, () => sortBy(key))));
    head.children[1]?.after(make('th', { scope: 'col', class: 'share' }, shareLabel));
    nodes = rowNodes(state, order);
    table.setAttribute('aria-rowcount', String(nodes.length + 1));
    summary.textContent = summaryOf(state);
    rows.clear();
    body.replaceChildren();
    shown = 0;
    scroller.scrollTop = 0;
    grow();
    mark(state, true);
  };
  const mark = (state: State, scroll: boolean): void => {
    const current = rowOf(state, state.selected);
    if (scroll && nodes.includes(current)) while (!rows.has(current)) grow();
    for (const row of body.querySelectorAll('[aria-selected=true]')) {
      row.setAttribute('aria-selected', 'false');
      row.setAttribute('tabindex', '-1');
    }
    const row = rows.get(current) ?? rows.get(nodes[0] ?? -1);
    row?.setAttribute('tabindex', '0');
    if (!rows.has(current)) return;
    row?.setAttribute('aria-selected', 'true');
    if (row && scroll) keepInView(scroller, row, head.offsetHeight);
  };
  const hover = (state: State): void => {
    for (const row of body.querySelectorAll('.hover')) row.classList.remove('hover');
    if (state.hover >= 0) rows.get(rowOf(state, state.hover))?.classList.add('hover');
  };
  const focus = (): void => body.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });

  scroller.addEventListener('scroll', () => {
    if (shown < nodes.length && scroller.scrollTop + scroller.clientHeight * 2 > scroller.scrollHeight)
      grow();
  });
  store.listen((now, before) => {
    const inTable = body.contains(document.activeElement);
    const same = now.tree === before.tree && now.matches === before.matches;
    if (!same || (now.root !== before.root && !now.matches)) rebuild();
    else if (now.selected !== before.selected) mark(now, true);
    if (now.hover !== before.hover) hover(now);
    if (inTable) focus();
  });
  rebuild();
  return {
    element,
    move: (by) => {
      const at = nodes.indexOf(rowOf(store.get(), store.get().selected));
      const next = nodes[Math.min(nodes.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
      if (next !== undefined) select(store, next);
    },
    enter: () => {
      const [first] = nodes;
      if (first !== undefined && !nodes.includes(rowOf(store.get(), store.get().selected)))
        select(store, first);
      focus();
    },
    repaint: rebuild,
  };
}

function headCell(key: SortKey, label: string, order: Order, press: () => void): HTMLTableCellElement {
  const active = order.key === key;
  const sort = active ? (order.descending ? 'descending' : 'ascending') : 'none';
  const arrow = active ? (order.descending ? ' ↓' : ' ↑') : '';
  return make(
    'th',
    { scope: 'col', 'aria-sort': sort, class: key === 'name' ? 'name' : `number ${key}` },
    button({ 'data-key': key }, press, label, make('span', { 'aria-hidden': 'true' }, arrow)),
  );
}

function nodeRow({ tree, root, matches }: State, node: number, look: Look): HTMLTableRowElement {
  const size = tree.bytes[node] ?? 0;
  const whole = tree.bytes[matches ? 0 : root] ?? 0;
  const wasted = tree.wasted[node] ?? 0;
  const bar = make('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.inlineSize = `${whole > 0 ? Math.max(0, (size / whole) * 100) : 0}%`;
  const inside = tree.childCount(node) > 0;
  const text = matches ? tree.name(node) : tree.shortName(node);
  const name = make('span', { class: 'words', title: tree.name(node) }, text, inside ? ' ›' : '');
  const cell = make('td', { class: 'name' }, swatch(look.fill(node)), name, bar);
  if (matches) cell.append(make('span', { class: 'path' }, placeOf(tree, node)));
  return make(
    'tr',
    { tabindex: -1, 'aria-selected': 'false', 'data-node': node },
    cell,
    make('td', { class: 'number' }, bytes(size)),
    make('td', { class: 'share' }, share(size, whole)),
    make('td', { class: 'number waste' }, wasted > 0 ? bytes(wasted) : ''),
  );
}

/** Where a result lies. */
function placeOf(tree: State['tree'], node: number): string {
  const names = tree
    .path(tree.parent[node] ?? 0)
    .slice(1)
    .map((one) => tree.name(one));
  return names.length === 0 ? '' : `in ${names.join(' / ')}`;
}

function summaryOf({ tree, root, matches, query }: State): string {
  if (!matches) {
    const count = tree.childCount(root);
    return `${bytes(tree.bytes[root] ?? 0)} in ${counted(count, 'part')}`;
  }
  const left = matches.count - matches.nodes.length;
  const rest = left > 0 ? `, the largest ${matches.nodes.length.toLocaleString('en')} are listed` : '';
  return `“${query.trim()}”: found ${counted(matches.count, 'name')}, ${bytes(matches.bytes)}${rest}`;
}

/** Scrolls the table alone, never the page. */
function keepInView(scroller: HTMLElement, row: HTMLElement, head: number): void {
  const top = row.offsetTop - head;
  const bottom = row.offsetTop + row.offsetHeight;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (bottom > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = bottom - scroller.clientHeight;
}
