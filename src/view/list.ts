import type { Action } from './keys.ts';
import { layoutOf } from './layout.ts';
import { clamp, reshape, reveal, selected, withCover, withPane, type Pane, type State } from './state.ts';

/** Walks through the lines of the tree, opens and closes. */
export function move(state: State, action: Action): State {
  const { pane } = state;
  const page = Math.max(1, layoutOf(state).body - 1);
  const go = (to: number): State => withPane(state, { ...pane, at: clamp(to, pane.rows.length - 1) });
  switch (action) {
    case 'up':
      return go(pane.at - 1);
    case 'down':
      return go(pane.at + 1);
    case 'page-up':
      return turn(state, -page);
    case 'page-down':
      return turn(state, page);
    case 'first':
      return go(0);
    case 'last':
      return go(pane.rows.length - 1);
    case 'open':
      return open(state);
    case 'close':
      return close(state);
    case 'enter':
      return toggle(state);
    case 'out':
      return out(state);
    case 'open-all':
      return withPane(state, reshape(pane, { open: openedBelow(pane, selected(pane)) }));
    default:
      return state;
  }
}

/** A screen further, the selection on the same line of it. */
function turn(state: State, lines: number): State {
  const { pane } = state;
  return withPane(state, {
    ...pane,
    at: clamp(pane.at + lines, pane.rows.length - 1),
    top: pane.top + lines,
  });
}

function open(state: State): State {
  const { pane } = state;
  const node = selected(pane);
  if (pane.index.count(node) === 0) return state;
  if (pane.open[node] !== 1) return toggle(state);
  // A filter may hide all parts.
  const next = pane.rows[pane.at + 1] ?? node;
  return pane.index.tree.parent[next] === node ? withPane(state, { ...pane, at: pane.at + 1 }) : state;
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
