import fc from 'fast-check';
import type { Edges } from '../../../src/explain/costs/dominators.ts';
import type { ImportGraph } from '../../../src/explain/types.ts';

/** Any graph of a few nodes, cycles and unreachable ones included. */
export const anyEdges: fc.Arbitrary<Edges> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 5 }), {
    minLength: size,
    maxLength: size,
  }),
);

/** Any import graph: no cycles, every package in one of a few modules or in the standard library. */
export const anyGraph: fc.Arbitrary<ImportGraph> = fc.integer({ min: 2, max: 14 }).chain((size) =>
  fc
    .tuple(
      fc.array(fc.uniqueArray(fc.integer({ min: 1, max: size }), { maxLength: 4 }), {
        minLength: size,
        maxLength: size,
      }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: size, maxLength: size }),
    )
    .map(([steps, homes]) => ({
      packages: homes.map((home, index) => packageOf(index, index === 0 ? 1 : home)),
      // Only later ones are imported.
      imports: steps.map((ahead, from) => ahead.map((step) => from + step).filter((to) => to < size)),
      linker: [],
    })),
);

/** Home 0 is the standard library, 1 the main module. */
function packageOf(index: number, home: number): ImportGraph['packages'][number] {
  if (home === 0) return { path: `std/p${index}` };
  return {
    path: `example.com/m${home}/p${index}`,
    module: { path: `example.com/m${home}`, version: 'v1.0.0', main: home === 1 },
  };
}

/** What can be reached from node 0 when some nodes and edges are taken out. */
export function reachable(
  edges: Edges,
  without: {
    readonly node?: (node: number) => boolean;
    readonly edge?: (from: number, to: number) => boolean;
  },
): Set<number> {
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node) || without.node?.(node) === true) return;
    seen.add(node);
    for (const to of edges[node] ?? []) if (without.edge?.(node, to) !== true) visit(to);
  };
  visit(0);
  return seen;
}
