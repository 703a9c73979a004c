import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeKinds, treeBuilder, type ByteTree } from '../../src/explain/tree.ts';
import { filterTree } from '../../src/view/filter.ts';
import { rowsOf } from '../../src/view/rows.ts';
import { nextMatch, searchTree } from '../../src/view/search.ts';
import { sorts, treeIndex } from '../../src/view/tree-index.ts';

/** Random trees with few names, so that many match. */
const trees = fc
  .array(
    fc.record({
      up: fc.nat(),
      name: fc.constantFrom('a', 'b', 'ab', 'B', 'x.y'),
      kind: fc.constantFrom('directory', 'file', 'link'),
      bytes: fc.nat(9),
      waste: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((nodes): ByteTree => {
    const builder = treeBuilder();
    builder.add(-1, 'root', 'image', 0);
    for (const [index, { up, name, kind, bytes, waste }] of nodes.entries())
      builder.add(up % (index + 1), name, kind, bytes, waste ? { waste: 'log' } : {});
    return builder.done();
  });

const filters = fc.constantFrom('', 'a', 'waste', 'kind:file', 'b kind:link', 'waste a');

test('search goes through all matches in the order of the lines, either way, and round', () => {
  fc.assert(
    fc.property(
      trees,
      fc.constantFrom(...sorts),
      filters,
      fc.constantFrom('a', 'B', 'x.', 'r', 'q'),
      (tree, sort, text, wanted) => {
        const index = treeIndex(tree);
        const filter = filterTree(tree, text);
        const all = new Uint8Array(index.size).fill(1);
        const shape = { index, sort, filter: filter?.count === 0 ? undefined : filter };
        const lines = rowsOf({ ...shape, open: all });
        const expected = [...lines].filter((node) =>
          tree.names[node]?.toLowerCase().includes(wanted.toLowerCase()),
        );
        const search = searchTree(shape, wanted);
        expect(search.count).toBe(expected.length);
        for (const [at, from] of lines.entries()) {
          const after = [...lines.subarray(at + 1), ...lines.subarray(0, at + 1)];
          const next = after.find((node) => expected.includes(node));
          const previous = [...lines.subarray(at), ...lines.subarray(0, at)].findLast((node) =>
            expected.includes(node),
          );
          expect(nextMatch({ ...shape, open: all }, search, from, 1)).toBe(next);
          expect(nextMatch({ ...shape, open: all }, search, from, -1)).toBe(previous);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a filter shows what matches, what leads there and what lies in it; and sums each byte once', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const filter = filterTree(tree, 'waste kind:file');
      const holds = (node: number): boolean =>
        tree.waste.has(node) && tree.kind[node] === nodeKinds.indexOf('file');
      const chain = (node: number): number[] => (node < 0 ? [] : [node, ...chain(tree.parent[node] ?? -1)]);
      const nodes = Array.from(tree.names.keys());
      const found = nodes.filter(holds);
      const shown = nodes.filter(
        (node) => chain(node).some(holds) || found.some((one) => chain(one).includes(node)),
      );
      expect(filter?.count).toBe(found.length);
      expect(nodes.filter((node) => filter?.marks[node] !== 0)).toEqual(shown);
      const topmost = found.filter((node) => !chain(tree.parent[node] ?? -1).some(holds));
      expect(filter?.bytes).toBe(topmost.reduce((sum, node) => sum + (tree.bytes[node] ?? 0), 0));
    }),
    { numRuns: 300 },
  );
});

test('children are found, whatever the order, and each once', () => {
  fc.assert(
    fc.property(trees, fc.constantFrom(...sorts), (tree, sort) => {
      const index = treeIndex(tree);
      for (const node of tree.names.keys()) {
        const expected = [...tree.names.keys()].filter((child) => tree.parent[child] === node);
        const children = [...index.children(node, sort)];
        expect(children.toSorted((a, b) => a - b)).toEqual(expected);
        expect(index.count(node)).toBe(expected.length);
        if (sort !== 'size') continue;
        const sizes = children.map((child) => tree.bytes[child] ?? 0);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }
    }),
  );
});
