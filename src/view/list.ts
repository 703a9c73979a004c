import type { Action } from './keys.ts';
import { layoutOf } from './layout.ts';
import { clamp, reshape, reveal, selected, withCover, withPane, type Pane, type State } from './state.ts';

/** What keys do in the tree: they walk through its lines, open and close. */
export const walks: Readonly<Partial<Record<Action, (state: State) => State>>> = {
  up: (state) => goTo(state, state.pane.at - 1),
  down: (state) => goTo(state, state.pane.at + 1),
  'page-up': (state) => turn(state, -1),
  'page-down': (state) => turn(state, 1),
  first: (state) => goTo(state, 0),
  last: (state) => goTo(state, Infinity),
  open,
  close,
  enter: toggle,
  out,
  'open-all': (state) =>
    withPane(state, reshape(state.pane, { open: openedBelow(state.pane, selected(state.pane)) })),
};

function goTo(state: State, at: number): State {
  const { pane } = state;
  return withPane(state, { ...pane, at: clamp(at, pane.rows.length - 1) });
}

/** A screen further, less a line that stays in sight; the selection on the same line of the screen. */
function turn(state: State, screens: 1 | -1): State {
  const { pane } = state;
  const lines = screens * Math.max(1, layoutOf(state).body - 1);
  return goTo({ ...state, pane: { ...pane, top: pane.top + lines } }, pane.at + lines);
}

function open(state: State): State {
  const { pane } = state;
  const node = selected(pane);
  if (pane.index.count(node) === 0) return state;
  if (pane.open[node] !== 1) return toggle(state);
  // A filter may hide all parts.
  const next = pane.rows[pane.at + 1] ?? node;
  return pane.index.tree.parent[next] === node ? goTo(state, pane.at + 1) : state;
}

function close(state: State): State {
  const { pane } = state;
  const node = selected(pane);
  return pane.open[node] === 1 && pane.index.count(node) > 0 ? toggle(state) : out(state);
}

function toggle(state: State): State {
  const { pane } = state;
  const node = selected(pane);
  if (pane.index.count(node) === 0) return withCover(state, { kind: 'details', scroll: 0 });
  const open = pane.open.slice();
  open[node] = open[node] === 1 ? 0 : 1;
  return withPane(state, reshape(pane, { open }));
}

function out(state: State): State {
  const parent = state.pane.index.tree.parent[selected(state.pane)] ?? -1;
  return parent < 0 ? state : withPane(state, reveal(state.pane, parent));
}

/** A parent comes before its children, so one pass opens all below a node. */
function openedBelow({ open, index }: Pane, node: number): Uint8Array {
  const next = open.slice();
  const below = new Uint8Array(index.size);
  below[node] = 1;
  for (let each = node; each < index.size; each++) {
    if (below[index.tree.parent[each] ?? -1] === 1) below[each] = 1;
    if (below[each] === 1) next[each] = 1;
  }
  return next;
}
