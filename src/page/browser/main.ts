/** The program of a page. It reads the page's data, builds the page, and then only answers to the reader. It asks nothing of a network. */
import type { Colouring, PageHead } from '../data.ts';
import { firstIn, firstRoot, select } from './actions.ts';
import { makeCrumbs } from './crumbs.ts';
import { makeDetails } from './details.ts';
import { make } from './dom.ts';
import { findPath } from './find-path.ts';
import { makeHeader } from './header.ts';
import { makeHelp } from './help.ts';
import { keyWords, listenToKeys } from './keys.ts';
import { makeLegend } from './legend.ts';
import { makeLook, type Look } from './look.ts';
import { makeMap } from './map.ts';
import { dark, light, type Palette } from './palette.ts';
import { readPage, type Page } from './read.ts';
import { makeSearchBox } from './search-box.ts';
import { searcher } from './search.ts';
import { makeSections } from './sections.ts';
import { makeStore } from './store.ts';
import { makeTable } from './table.ts';
import { makeTabs } from './tabs.ts';
import { makeTheme } from './theme.ts';

const helpWords =
  'With a mouse or a finger: the first click selects, the second zooms in; the path above the map leads out again. ' +
  'Areas show bytes. Striped boxes are waste.';

const data = document.querySelector<HTMLTemplateElement>('#data');
const place = document.querySelector('#page');
if (data && place) {
  const page = await readPage(data.content.textContent ?? '');
  data.remove();
  start(page, place);
}

function start(page: Page, place: Element): void {
  const { head } = page;
  const search = searcher(page.strings);
  const tree = page.tree(0);
  const store = makeStore({
    tab: 0,
    tree,
    root: firstRoot(tree),
    selected: firstIn(tree, firstRoot(tree)),
    hover: -1,
    query: '',
    matches: undefined,
  });
  const theme = makeTheme(() => repaint());
  const palette = (): Palette => (theme.dark() ? dark : light);
  let look = makeLook(tree, palette(), tree.head.colouring);
  const current = (): Look => look;
  const recolour = (colouring: Colouring): void => {
    look = makeLook(store.get().tree, palette(), colouring);
    for (const view of [map, table, details, legend]) view.repaint();
  };
  const repaint = (): void => recolour(look.colouring);
  const open = (tab: number): void => {
    if (tab >= head.trees.length || tab === store.get().tab) return;
    const next = page.tree(tab);
    look = makeLook(next, palette(), next.head.colouring);
    const matches = search(next, store.get().query);
    const root = firstRoot(next);
    store.set({ tab, tree: next, root, selected: firstIn(next, root), hover: -1, matches });
    legend.repaint();
  };

  const map = makeMap(store, current);
  const table = makeTable(store, current);
  const details = makeDetails(store, current);
  const legend = makeLegend(store, current, recolour);
  const help = makeHelp(keyWords, helpWords);
  const endSearch = (): void => {
    field.value = '';
    store.set({ query: '', matches: undefined });
  };
  const field = makeSearchBox(store, search, (toResults) => (toResults ? table.enter() : map.canvas.focus()));
  const go = (path: string): void => {
    const tabs = [...head.trees.keys()].sort((a, b) => preference(head, a) - preference(head, b));
    for (const tab of tabs) {
      const node = findPath(page.tree(tab), path);
      if (node === undefined) continue;
      endSearch();
      open(tab);
      select(store, node);
      map.element.scrollIntoView({ block: 'center' });
      map.canvas.focus({ preventScroll: true });
      return;
    }
  };
  const sections = makeSections(head.sections, go);
  place.append(
    makeHeader(head, head.sections, theme.toggle, () => help.showModal()),
    make(
      'div',
      { class: 'toolbar' },
      makeTabs(
        store,
        head.trees.map(({ label }) => label),
        open,
      ),
      makeCrumbs(store),
      field,
    ),
    make(
      'main',
      { id: 'view', role: 'tabpanel', 'aria-label': 'Map and table' },
      make('div', { class: 'left' }, map.element, details.element, legend.element),
      table.element,
    ),
    sections,
    make('footer', {}, 'Made by Coracle. Everything on this page is in this one file.'),
    help,
  );
  listenToKeys(store, map, table, {
    search: () => field.focus(),
    endSearch,
    tab: open,
    theme: theme.toggle,
    help: () => help.showModal(),
  });
  map.canvas.focus({ preventScroll: true });
}

/** Paths are looked up among files first. */
function preference(head: PageHead, tab: number): number {
  return head.trees[tab]?.name === 'files' ? -1 : tab;
}
