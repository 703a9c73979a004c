import type { Key } from './input.ts';
import { actionOf, type Action } from './keys.ts';
import { move } from './list.ts';
import { mapCover, pressOnMap } from './map.ts';
import { pressOnPage } from './page.ts';
import { ask, pressOnPrompt, seek } from './prompt.ts';
import { lookedAt, reshape, setFilter, showTab, withCover, withPane, type State } from './state.ts';
import { sorts } from './tree-index.ts';

/** The state after a key. Keys that mean nothing where they are typed change nothing. */
export function press(before: State, key: Key): State {
  const state = { ...before, message: undefined };
  const action = actionOf(key);
  if (action === 'interrupt') return { ...state, exit: 130 };
  if (state.prompt !== undefined) return pressOnPrompt(state, state.prompt, key);
  if (action === undefined) return state;
  const cover = state.covers.at(-1);
  if (cover?.kind === 'details' || cover?.kind === 'keys') {
    const turned = pressOnPage(state, cover, action);
    if (turned !== undefined) return turned;
  }
  if (cover?.kind === 'map') {
    const walked = pressOnMap(state, cover, action);
    if (walked !== undefined) return walked;
  }
  return anywhere(state, action, key);
}

function anywhere(state: State, action: Action, key: Key): State {
  const { pane, tab, viewed } = state;
  const tabs = viewed.tabs.length;
  switch (action) {
    case 'next-tab':
      return showTab(state, (tab + 1) % tabs);
    case 'previous-tab':
      return showTab(state, (tab + tabs - 1) % tabs);
    case 'tab':
      return showTab(state, Number(key) - 1);
    case 'search':
    case 'filter':
      return ask(state, action);
    case 'next-match':
      return seek(state, 1);
    case 'previous-match':
      return seek(state, -1);
    case 'sort': {
      const sort = sorts[(sorts.indexOf(pane.sort) + 1) % sorts.length] ?? 'size';
      return withPane(state, reshape(pane, { sort }));
    }
    case 'map':
      return withCover(state, mapCover(state, lookedAt(state)));
    case 'details':
    case 'keys':
      return withCover(state, { kind: action, scroll: 0 });
    case 'back':
      return pane.filter === undefined ? state : withPane(state, setFilter(pane, undefined));
    case 'leave':
      return { ...state, exit: 0 };
    default:
      return move(state, action);
  }
}
