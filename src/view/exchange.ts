import { filterTree } from './filter.ts';
import { searchTree } from './search.ts';
import { firstPane, reshape, reveal, selected, setFilter, withPane } from './state.ts';
import type { Pane, State } from './state.ts';
import type { Viewed } from './tabs/viewed.ts';

/**
 * The state with more known of the same thing: there may be more tabs, and more nodes behind those that a tree had. What the user looks at
 * stays as it is: the tab, and in each tab the selected line and where it stands, what is open, the order, filter and search.
 */
export function exchange(state: State, viewed: Viewed): State {
  const places = viewed.tabs.map(({ name }) => state.viewed.tabs.findIndex((tab) => tab.name === name));
  const tab = Math.max(0, places.indexOf(state.tab));
  const panes = places.map((was, at) => {
    const before = was === state.tab ? state.pane : state.panes[was];
    return before && carried(before, firstPane(viewed, at));
  });
  return withPane({ ...state, viewed, panes, tab }, panes[tab] ?? firstPane(viewed, tab));
}

/** Nodes keep their numbers (`openedTrees`). */
function carried(before: Pane, fresh: Pane): Pane {
  const open = fresh.open.slice();
  open.set(before.openBefore ?? before.open);
  const { filter, search, sort } = before;
  const shaped = reveal(reshape(fresh, { open, sort }), selected(before));
  const pane = filter ? setFilter(shaped, filterTree(fresh.index.tree, filter.text)) : shaped;
  // It stays on the line of the screen where it was.
  return { ...pane, top: before.top + pane.at - before.at, search: search && searchTree(pane, search.text) };
}
