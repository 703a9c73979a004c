import { treeBuilder, type ByteTree } from '../../explain/tree.ts';
import { wasteKinds, type Waste, type WasteKind } from '../../explain/types.ts';
import { facts } from './facts.ts';
import type { Tab } from './viewed.ts';

/** What nobody needs, by kind: secrets first, which are the worst and have no bytes, then what has most. */
export function wasteTab(waste: readonly Waste[]): Tab {
  const found = new Map<number, Waste>();
  return {
    name: 'waste',
    sort: 'order',
    tree: () => wasteTree(waste, found),
    facts(node) {
      const one = found.get(node);
      if (one === undefined) return [];
      const { layer, causedBy, fix } = one;
      const cause = causedBy === undefined || causedBy === layer ? undefined : `layer ${causedBy + 1}`;
      return facts({ 'Lies in': `layer ${layer + 1}`, 'Made waste by': cause, 'What to do': fix });
    },
  };
}

function wasteTree(waste: readonly Waste[], found: Map<number, Waste>): ByteTree {
  const builder = treeBuilder();
  const root = builder.add(-1, waste.length === 0 ? 'no waste found' : 'waste', 'group', 0);
  const weight = (kind: WasteKind, found: readonly Waste[]): number =>
    kind === 'secret' ? Infinity : found.reduce((sum, { bytes }) => sum + bytes, 0);
  const kinds = wasteKinds
    .map((kind) => ({ kind, ofKind: waste.filter((one) => one.kind === kind) }))
    .filter(({ ofKind }) => ofKind.length > 0)
    .sort((a, b) => weight(b.kind, b.ofKind) - weight(a.kind, a.ofKind));
  for (const { kind, ofKind } of kinds) {
    const group = builder.add(root, kind, 'group', 0);
    for (const one of ofKind) {
      found.set(builder.add(group, one.path, 'file', one.bytes, { note: one.detail }), one);
    }
  }
  return builder.done();
}
