import { matches, type Filter } from './filter.ts';
import { openToMatches, rowsOf, type Shape } from './rows.ts';
import { layoutOf, type Size } from './layout.ts';
import type { Search } from './search.ts';
import type { Viewed } from './tabs/viewed.ts';
import { treeIndex } from './tree-index.ts';

/** One tab's tree as it is looked at. */
export interface Pane extends Shape {
  /** Numbers of the nodes that are lines. */
  readonly rows: Int32Array;
  /** The selected line, in `rows`. */
  readonly at: number;
  /** The first line on the screen. */
  readonly top: number;
  /** What stood open before the filter. */
  readonly openBefore: Uint8Array | undefined;
  readonly search: Search | undefined;
}

/** What lies over the tree. */
export type Cover =
  | { readonly kind: 'map'; /** Whose parts are drawn. */ readonly of: number; readonly chosen: number }
  | { readonly kind: 'details' | 'keys'; /** Lines scrolled away. */ readonly scroll: number };

/** A line being typed. */
export interface Prompt {
  readonly for: 'search' | 'filter';
  readonly text: string;
}

/** All that the screen shows. Never changed, only followed by another. */
export interface State extends Size {
  readonly viewed: Viewed;
  /** By tab; made when first looked at. */
  readonly panes: readonly (Pane | undefined)[];
  readonly tab: number;
  readonly pane: Pane;
  /** The topmost last. */
  readonly covers: readonly Cover[];
  readonly prompt: Prompt | undefined;
  /** Said once, gone at the next key. */
  readonly message: string | undefined;
  /** The exit code, once the user has left. */
  readonly exit: number | undefined;
}

export function start(viewed: Viewed): State {
  return {
    viewed,
    panes: [],
    tab: 0,
    pane: firstPane(viewed, 0),
    covers: [],
    prompt: undefined,
    message: undefined,
    exit: undefined,
    columns: 80,
    rows: 24,
  };
}

export function resize(state: State, size: Size): State {
  return withPane({ ...state, columns: size.columns, rows: size.rows }, state.pane);
}

export function showTab(state: State, tab: number): State {
  if (tab === state.tab || tab < 0 || tab >= state.viewed.tabs.length) return state;
  const panes = [...state.panes];
  panes[state.tab] = state.pane;
  const pane = panes[tab] ?? firstPane(state.viewed, tab);
  return withPane({ ...state, panes, tab, covers: [] }, pane);
}

/** A tab as it is before anybody touched it. */
export function firstPane(viewed: Viewed, tab: number): Pane {
  const chosen = viewed.tabs[tab];
  if (chosen === undefined) throw new RangeError('a view has tabs');
  const index = treeIndex(chosen.tree());
  const open = new Uint8Array(index.size);
  open[0] = 1;
  const shape = { index, open, sort: chosen.sort, filter: undefined };
  return { ...shape, rows: rowsOf(shape), at: 0, top: 0, openBefore: undefined, search: undefined };
}

/** Takes a changed pane, with its selection on the screen. */
export function withPane(state: State, pane: Pane): State {
  const height = layoutOf(state).body;
  const at = clamp(pane.at, pane.rows.length - 1);
  const most = Math.max(0, pane.rows.length - height);
  const top = Math.min(Math.max(clamp(pane.top, most), at - height + 1), at);
  return { ...state, pane: { ...pane, at, top } };
}

/** The pane with other lines, and the same node selected, or what stands nearest above it. */
export function reshape(pane: Pane, changes: Partial<Pick<Pane, keyof Shape | 'openBefore'>>): Pane {
  const next = { ...pane, ...changes };
  const rows = rowsOf(next);
  const { parent } = pane.index.tree;
  let at = -1;
  for (let node = selected(pane); at < 0 && node >= 0; node = parent[node] ?? -1) at = rows.indexOf(node);
  const found = Math.max(0, at);
  // It stays on the line of the screen where it was.
  return { ...next, rows, at: found, top: pane.top + found - pane.at };
}

/** Selects a node, and opens what it lies in. */
export function reveal(pane: Pane, node: number): Pane {
  const { parent } = pane.index.tree;
  const open = pane.open.slice();
  for (let up = parent[node] ?? -1; up >= 0; up = parent[up] ?? -1) open[up] = 1;
  const next = { ...pane, open };
  const rows = rowsOf(next);
  return { ...next, rows, at: Math.max(0, rows.indexOf(node)) };
}

/** Shows only what a filter lets through, with the way to each match open; or all, as it stood before. */
export function setFilter(pane: Pane, filter: Filter | undefined): Pane {
  const openBefore = pane.openBefore ?? pane.open;
  // What was found with another filter may be hidden now.
  const fresh = { ...pane, search: undefined };
  if (filter === undefined)
    return reveal(reshape(fresh, { filter, open: openBefore, openBefore: undefined }), selected(pane));
  const next = reshape(fresh, { filter, open: openToMatches(filter), openBefore });
  if (selected(next) === selected(pane)) return next;
  const first = next.rows.findIndex((node) => ((filter.marks[node] ?? 0) & matches) !== 0);
  return { ...next, at: Math.max(0, first) };
}

/** The node of the selected line. */
export function selected(pane: Pane): number {
  return pane.rows[pane.at] ?? 0;
}

/** The node that the user looks at: the selected line's, or the selected block's. */
export function lookedAt({ pane, covers }: State): number {
  const map = covers.findLast((cover) => cover.kind === 'map');
  return map?.chosen ?? selected(pane);
}

/** Whether the bytes of a node say something: not in views of things that have none, or whose sizes are not known. */
export function isSized({ viewed, tab, pane }: State, node: number): boolean {
  const { plain = false, unknownZero = false } = viewed.tabs[tab] ?? {};
  return !plain && !(unknownZero && pane.index.tree.bytes[node] === 0);
}

export function withCover(state: State, cover: Cover): State {
  return { ...state, covers: [...state.covers, cover] };
}

export function withoutCover(state: State): State {
  return { ...state, covers: state.covers.slice(0, -1) };
}

export function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
