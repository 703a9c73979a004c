import type { Key } from './input.ts';
import { actionOf, type Action } from './keys.ts';
import { walks } from './list.ts';
import { mapCover, walkOnMap } from './map.ts';
import { turnPage } from './page.ts';
import { ask, pressOnPrompt, seek } from './prompt.ts';
import { lookedAt, reshape, setFilter, showTab, withCover, withPane, type State } from './state.ts';
import { sorts } from './tree-index.ts';

/** What an action comes to: the state after it. */
type Change = (state: State, key: Key) => State;

/** The state after a key. Keys that mean nothing where they are typed change nothing. */
export function press(before: State, key: Key): State {
  const state = { ...before, message: undefined };
  const action = actionOf(key);
  if (action === 'interrupt') return { ...state, exit: 130 };
  if (state.prompt !== undefined) return pressOnPrompt(state, state.prompt, key);
  if (action === undefined) return state;
  const covered = pressOnCover(state, action);
  if (covered !== undefined) return covered;
  const change = changes[action] ?? walks[action];
  return change === undefined ? state : change(state, key);
}

/** What lies over the tree is asked first. @returns undefined for keys that are not its business */
function pressOnCover(state: State, action: Action): State | undefined {
  const cover = state.covers.at(-1);
  if (cover === undefined) return undefined;
  return cover.kind === 'map' ? walkOnMap(state, cover, action) : turnPage(state, cover, action);
}

/** What keys do anywhere. */
const changes: Readonly<Partial<Record<Action, Change>>> = {
  'next-tab': (state) => showTab(state, (state.tab + 1) % state.viewed.tabs.length),
  'previous-tab': (state) =>
    showTab(state, (state.tab + state.viewed.tabs.length - 1) % state.viewed.tabs.length),
  tab: (state, key) => showTab(state, Number(key) - 1),
  search: (state) => ask(state, 'search'),
  filter: (state) => ask(state, 'filter'),
  'next-match': (state) => seek(state, 1),
  'previous-match': (state) => seek(state, -1),
  sort,
  map: (state) => withCover(state, mapCover(state, lookedAt(state))),
  details: (state) => withCover(state, { kind: 'details', scroll: 0 }),
  keys: (state) => withCover(state, { kind: 'keys', scroll: 0 }),
  back: (state) =>
    state.pane.filter === undefined ? state : withPane(state, setFilter(state.pane, undefined)),
  leave: (state) => ({ ...state, exit: 0 }),
};

/** The next order, of the lines. A treemap is always by size. */
function sort(state: State): State {
  const { pane } = state;
  const next = sorts[(sorts.indexOf(pane.sort) + 1) % sorts.length] ?? 'size';
  return withPane(state, reshape(pane, { sort: next }));
}
