import { select, zoomOut, zoomTo } from './actions.ts';
import { neighbour } from './layout.ts';
import type { MapView } from './map.ts';
import type { Store } from './store.ts';
import type { TableView } from './table.ts';

/** What keys do; the help shows these words. */
export const keyWords: readonly (readonly [keys: string, what: string])[] = [
  ['← → ↑ ↓', 'to the next box; in the table, to the next row'],
  ['Enter', 'zoom into the selected box'],
  ['Esc or Backspace', 'zoom out; Esc ends a search first'],
  ['+ and −', 'select what is in the box; select what it is in'],
  ['Home and End', 'the largest and the smallest in the table'],
  ['/', 'search'],
  ['1 2 3', 'layers, files, modules: the tabs in their order'],
  ['t', 'light or dark'],
  ['?', 'this help'],
];

/** What else keys can do on a page. */
export interface KeyActions {
  readonly search: () => void;
  readonly endSearch: () => void;
  readonly tab: (index: number) => void;
  readonly theme: () => void;
  readonly help: () => void;
}

export function listenToKeys(store: Store, map: MapView, table: TableView, actions: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest('input, select, dialog')) return;
    const place = target.closest('tbody tr[data-node]') ? 'table' : target === map.canvas ? 'map' : 'page';
    if (press(event.key, place)) event.preventDefault();
  });

  const press = (key: string, place: 'table' | 'map' | 'page'): boolean => {
    if (place !== 'page' && move(key, place)) return true;
    if (/^[1-9]$/.test(key)) {
      actions.tab(Number(key) - 1);
      return true;
    }
    const { root, matches } = store.get();
    switch (key) {
      case '/':
        actions.search();
        return true;
      case '?':
        actions.help();
        return true;
      case 't':
        actions.theme();
        return true;
      case 'Escape':
        if (matches) actions.endSearch();
        else zoomOut(store);
        return true;
      case 'Backspace':
        zoomOut(store);
        return root !== 0;
      default:
        return false;
    }
  };

  const move = (key: string, place: 'table' | 'map'): boolean => {
    const { tree, root, selected } = store.get();
    const rows = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[
      key
    ];
    if (rows !== undefined && (place === 'table' || Math.abs(rows) > 1)) {
      table.move(rows);
      return true;
    }
    if (key === 'Enter') zoomTo(store, selected);
    else if (key === '+') {
      const inside = tree.children(selected)[0];
      if (inside !== undefined && map.boxes().some(({ node }) => node === inside)) select(store, inside);
      else if (inside !== undefined) zoomTo(store, selected);
    } else if (key === '-' || key === '−') {
      const around = tree.parent[selected] ?? 0;
      if (around > 0 && around !== root) select(store, around);
      else zoomOut(store);
    } else if (key.startsWith('Arrow') && place === 'map') {
      const boxes = map.boxes();
      const from = boxes.find(({ node, depth }) => node === selected && depth > 0);
      const to = from ? neighbour(boxes, from, key) : boxes.find(({ depth }) => depth === 1);
      if (to) select(store, to.node);
    } else return false;
    return true;
  };
}
