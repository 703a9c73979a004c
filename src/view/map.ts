import type { Action } from './keys.ts';
import { layoutOf } from './layout.ts';
import { shownChildren } from './rows.ts';
import { clamp, reveal, withoutCover, withPane, type Cover, type State } from './state.ts';
import { treemap, type Block } from './treemap.ts';

type MapCover = Extract<Cover, { kind: 'map' }>;

/** The blocks of a node's parts on this screen, largest first. */
export interface DrawnMap {
  readonly blocks: readonly { readonly node: number; readonly block: Block }[];
  readonly rest: { readonly block: Block; readonly parts: number; readonly bytes: number } | undefined;
  /** Parts that have bytes, drawn or not. */
  readonly parts: number;
  /** False when the rest is drawn smaller than it is. */
  readonly toScale: boolean;
}

export function drawnMap(state: State, of: number): DrawnMap {
  const { pane } = state;
  const { bytes } = pane.index.tree;
  const nodes = shownChildren({ ...pane, sort: 'size' }, of).filter((node) => (bytes[node] ?? 0) > 0);
  const values = Array.from(nodes, (node) => bytes[node] ?? 0);
  const { width, body } = layoutOf(state);
  const { blocks, rest, toScale } = treemap(values, width, body);
  return {
    blocks: blocks.map((block, index) => ({ node: nodes[index] ?? 0, block })),
    rest: rest && {
      block: rest,
      parts: nodes.length - blocks.length,
      bytes: values.slice(blocks.length).reduce((sum, value) => sum + value, 0),
    },
    parts: nodes.length,
    toScale,
  };
}

/** The map of a node, or of what it lies in when it has no parts. */
export function mapCover(state: State, node: number): MapCover {
  const { index } = state.pane;
  const parent = index.tree.parent[node] ?? -1;
  if (index.count(node) === 0 && parent >= 0) return { kind: 'map', of: parent, chosen: node };
  return { kind: 'map', of: node, chosen: drawnMap(state, node).blocks[0]?.node ?? node };
}

/** Steps from block to block, largest first. */
const steps: Readonly<Partial<Record<Action, (at: number) => number>>> = {
  open: (at) => at + 1,
  'page-down': (at) => at + 1,
  close: (at) => at - 1,
  'page-up': (at) => at - 1,
  first: () => 0,
  last: () => Infinity,
};

const inward: ReadonlySet<Action> = new Set(['down', 'enter']);
const outward: ReadonlySet<Action> = new Set(['up', 'out']);
const leaving: ReadonlySet<Action> = new Set(['map', 'back', 'leave']);

/** Left and right go from block to block, down into one, up out of it. @returns undefined for keys of no meaning here */
export function walkOnMap(state: State, map: MapCover, action: Action): State | undefined {
  if (leaving.has(action)) return leaveMap(state, map);
  if (inward.has(action)) {
    const closed = map.chosen === map.of || state.pane.index.count(map.chosen) === 0;
    return closed ? state : withMap(state, mapCover(state, map.chosen));
  }
  if (outward.has(action)) {
    const parent = state.pane.index.tree.parent[map.of] ?? -1;
    return parent < 0 ? state : withMap(state, { kind: 'map', of: parent, chosen: map.of });
  }
  const step = steps[action];
  if (step === undefined) return undefined;
  const { blocks } = drawnMap(state, map.of);
  const at = step(blocks.findIndex(({ node }) => node === map.chosen));
  const chosen = blocks[clamp(at, blocks.length - 1)]?.node;
  return chosen === undefined ? state : withMap(state, { ...map, chosen });
}

function withMap(state: State, map: MapCover): State {
  return { ...state, covers: [...state.covers.slice(0, -1), map] };
}

/** Back to the lines, where what was chosen is selected. */
function leaveMap(state: State, { chosen }: MapCover): State {
  return withPane(withoutCover(state), reveal(state.pane, chosen));
}
