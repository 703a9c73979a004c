import { treeBuilder, type ByteTree } from '../../explain/tree.ts';
import type { Costs } from '../../explain/types.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import { bytes } from '../../render/units.ts';
import { facts, listed, type Fact } from './facts.ts';
import type { Tab } from './viewed.ts';

/** What would go if something were not imported. Drops overlap: so they are shares of the program, not parts that sum to it. */
export function costsTab(ledger: Ledger, costs: Costs): Tab {
  const known = new Map<number, readonly Fact[]>();
  return {
    name: 'costs',
    sort: 'order',
    unknownZero: true,
    tree: () => costsTree(ledger, costs, known),
    facts: (node) => known.get(node) ?? [],
  };
}

function costsTree(ledger: Ledger, costs: Costs, known: Map<number, readonly Fact[]>): ByteTree {
  const builder = treeBuilder();
  const root = builder.add(-1, 'what could go', 'binary', 0);
  const groups: number[] = [];
  const group = <T>(name: string, items: readonly T[], add: (parent: number, item: T) => void): void => {
    if (items.length === 0) return;
    const node = builder.add(root, name, 'group', 0);
    groups.push(node);
    for (const item of items) add(node, item);
  };
  group('advice', costs.advice, (parent, one) => {
    const node = builder.add(parent, one.what, 'group', one.saves ?? 0, { note: one.fix });
    const saves = one.saves === undefined ? 'not known' : bytes(one.saves);
    known.set(node, [
      ...listed('Because', one.because),
      ...facts({ Saves: one.measured ? `${saves}, measured by building it` : saves, 'What to do': one.fix }),
    ]);
  });
  group('without a module', costs.modules, (parent, one) => {
    const node = builder.add(parent, one.path, 'module', one.drop, { note: one.version });
    known.set(node, [
      ...facts({ Own: bytes(one.own), Drops: bytes(one.drop) }),
      ...listed('With it', one.alone),
      ...listed('Imported by', one.chain),
    ]);
  });
  group('without an import', costs.imports ?? [], (parent, one) => {
    const node = builder.add(parent, one.to, 'package', one.drop, { note: `in ${one.from}` });
    known.set(node, [...facts({ Module: one.module }), ...listed('With it', one.alone)]);
  });
  group('not known', costs.limits ?? [], (parent, limit) => builder.add(parent, limit, 'rest', 0));
  const tree = builder.done();
  tree.bytes[root] = ledger.size;
  for (const node of groups) tree.bytes[node] = 0;
  return tree;
}
