import { nodeKinds } from '../explain/tree.ts';
import { bytes } from '../render/units.ts';
import { isSized, lookedAt, type State } from './state.ts';
import { facts, type Fact } from './tabs/facts.ts';
import { counted, grouped, share } from './text.ts';
import { pathOf } from './tree-index.ts';

/** All that is known of the node that is looked at. */
export function detailsOf(state: State): readonly Fact[] {
  const { viewed, tab, pane } = state;
  const { index } = pane;
  const { tree } = index;
  const node = lookedAt(state);
  const own = tree.bytes[node] ?? 0;
  const above = tree.parent[node] ?? -1;
  const parts = index.count(node);
  const note = tree.note.get(node) ?? '';
  const more = viewed.tabs[tab]?.facts(node) ?? [];
  const sized = isSized(state, node);
  const inGroup = nodeKinds[tree.kind[above] ?? -1] === 'group';
  return [
    ...facts({
      Name: tree.names[node],
      Path: node === 0 || inGroup ? '' : pathOf(tree, node),
      Kind: nodeKinds[tree.kind[node] ?? 0],
      Size: !sized ? '' : exactly(own),
      Share: !sized || node === 0 ? '' : sharesOf(own, tree.bytes[0] ?? 0, tree.bytes[above] ?? 0),
      Parts: parts === 0 ? '' : grouped(parts),
      Note: more.some(({ text }) => text.startsWith(note)) ? '' : note,
      Waste: tree.waste.get(node),
    }),
    ...more,
    ...(node === 0 ? viewed.facts : []),
  ];
}

function exactly(size: number): string {
  return size < 1000 ? counted(size, 'byte') : `${bytes(size)}, ${grouped(size)} bytes`;
}

function sharesOf(own: number, all: number, above: number): string {
  const parts = [
    all > 0 ? `${share(own, all)} of all` : '',
    above > 0 && above !== all ? `${share(own, above)} of what it lies in` : '',
  ];
  return parts.filter(Boolean).join(', ') || 'nothing';
}
