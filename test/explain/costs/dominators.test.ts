import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dominatedSums, dominatorsOf } from '../../../src/explain/costs/dominators.ts';
import { importCosts } from '../../../src/explain/costs/imports.ts';
import { moduleCosts } from '../../../src/explain/costs/modules.ts';
import { anyEdges, anyGraph, reachable } from './graphs.ts';

test('a node dominates what cannot be reached once it is taken out, in any graph', () => {
  fc.assert(
    fc.property(anyEdges, (edges) => {
      const { parent, order } = dominatorsOf(edges);
      const all = reachable(edges, {});
      expect(new Set(order)).toEqual(all);
      for (const node of all) {
        const left = reachable(edges, { node: (each) => each === node });
        const gone = [...all].filter((each) => !left.has(each)).sort((a, b) => a - b);
        const below = [...all].filter((each) => waysUp(parent, each).includes(node)).sort((a, b) => a - b);
        expect(below).toEqual(gone);
      }
    }),
  );
});

function waysUp(parent: Int32Array, node: number): number[] {
  const up = [node];
  for (let at = node; at !== 0; up.push(at)) at = parent[at] ?? 0;
  return up;
}

test('sums are those of all that goes with a node, and nothing counts that cannot be reached', () => {
  const edges = [[1, 2], [3], [3, 4], [], [], [0]];
  const own = Float64Array.of(1, 10, 100, 1000, 10_000, 100_000);
  expect([...dominatedSums(dominatorsOf(edges), own)]).toEqual([11_111, 10, 10_100, 1000, 10_000, 0]);
});

test('a chain of a hundred thousand imports needs no stack', () => {
  const edges = Array.from({ length: 100_000 }, (_, node) => (node < 99_999 ? [node + 1] : []));
  const sums = dominatedSums(dominatorsOf(edges), new Float64Array(100_000).fill(1));
  expect(sums[0]).toBe(100_000);
  expect(sums[99_999]).toBe(1);
});

test('a module drops exactly what a program without its packages no longer reaches', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const own = Float64Array.from(graph.packages, (_, index) => 2 ** index);
      const all = reachable(graph.imports, {});
      for (const cost of moduleCosts(graph, own)) {
        const left = reachable(graph.imports, {
          node: (index) => graph.packages[index]?.module?.path === cost.path,
        });
        const gone = [...all].filter((index) => !left.has(index));
        expect(cost.drop).toBe(gone.reduce((sum, index) => sum + 2 ** index, 0));
        const modules = new Set(gone.map((index) => graph.packages[index]?.module?.path));
        for (const index of left) modules.delete(graph.packages[index]?.module?.path);
        modules.delete(cost.path);
        modules.delete(undefined);
        expect(new Set(cost.alone)).toEqual(modules);
        expect(cost.chain.at(-1)).toContain(`${cost.path}/`);
        expect(cost.chain[0]).toBe(graph.packages[0]?.path);
      }
    }),
  );
});

test('an import drops exactly what a program without it no longer reaches', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const own = Float64Array.from(graph.packages, (_, index) => 2 ** index);
      const costs = new Map(importCosts(graph, own).map((cost) => [`${cost.from} ${cost.to}`, cost]));
      const all = reachable(graph.imports, {});
      for (const from of all) {
        if (graph.packages[from]?.module?.main !== true) continue;
        for (const to of graph.imports[from] ?? []) {
          if (graph.packages[to]?.module?.main === true) continue;
          const left = reachable(graph.imports, { edge: (a, b) => a === from && b === to });
          const gone = [...all].filter((index) => !left.has(index));
          const cost = costs.get(`${graph.packages[from]?.path} ${graph.packages[to]?.path}`);
          expect(cost?.drop ?? 0).toBe(gone.reduce((sum, index) => sum + 2 ** index, 0));
          const modules = new Set(gone.map((index) => graph.packages[index]?.module?.path));
          for (const index of left) modules.delete(graph.packages[index]?.module?.path);
          modules.delete(undefined);
          expect(new Set(cost?.alone)).toEqual(modules);
        }
      }
    }),
  );
});
