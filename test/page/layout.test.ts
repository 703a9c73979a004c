import { expect, test } from 'vitest';
import { nodeKinds, treeBuilder, type ByteTree } from '../../src/explain/tree.ts';
import { layoutTree, neighbour, type Box } from '../../src/page/browser/layout.ts';
import { readPage } from '../../src/page/browser/read.ts';
import { squarify } from '../../src/page/browser/squarify.ts';
import type { Tree } from '../../src/page/browser/tree.ts';
import { encodePage } from '../../src/page/encode.ts';
import { imageExplanation, numbers } from './generate.ts';

async function read(tree: ByteTree): Promise<Tree> {
  const head = { title: '', subtitle: '', facts: [], sections: [], kinds: nodeKinds };
  const data = encodePage(head, [{ name: 'files', label: 'Files', colouring: 'sort', tree }]);
  return (await readPage(Buffer.from(data).toString('base64'))).tree(0);
}

test('areas are as the bytes, fill the room, and are near to squares', () => {
  const random = numbers(3);
  const sizes = Array.from({ length: 80 }, () => 10 + random() ** 4 * 1000).sort((a, b) => b - a);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const areas: number[] = [];
  const ratios: number[] = [];
  const rect = { x: 5, y: 7, width: 900, height: 500 };
  squarify(
    (index) => sizes[index] ?? 0,
    sizes.length,
    total,
    rect,
    0,
    (index, x, y, width, height) => {
      expect(index).toBe(areas.length);
      areas.push(width * height);
      ratios.push(Math.max(width / height, height / width));
      expect(x).toBeGreaterThanOrEqual(5 - 1e-6);
      expect(y).toBeGreaterThanOrEqual(7 - 1e-6);
      expect(x + width).toBeLessThanOrEqual(905 + 1e-6);
      expect(y + height).toBeLessThanOrEqual(507 + 1e-6);
    },
  );
  expect(areas).toHaveLength(80);
  for (const [index, area] of areas.entries())
    expect(area).toBeCloseTo(((sizes[index] ?? 0) / total) * 450_000, 3);
  expect(ratios.toSorted((a, b) => a - b)[40]).toBeLessThan(1.6);
});

test('boxes lie within what holds them and beside their neighbours, and too small ones are left out', async () => {
  const { files } = imageExplanation({ files: 6000 }).trees;
  if (!files) throw new Error('no tree');
  const tree = await read(files);
  const boxes = layoutTree(tree, 0, 1000, 700);
  const byNode = new Map(boxes.map((box) => [box.node, box]));
  expect(boxes.length).toBeGreaterThan(1000);
  for (const box of boxes) {
    if (box.depth === 0) continue;
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(2);
    const around = byNode.get(tree.parent[box.node] ?? -1);
    if (!around) throw new Error('a box outside of any');
    expect(within(box, around)).toBe(true);
  }
  const top = boxes.filter(({ depth }) => depth === 1);
  for (const one of top) expect(top.filter((other) => overlap(one, other))).toEqual([one]);
});

test('a million files cost no more boxes than can be seen', async () => {
  const builder = treeBuilder();
  builder.add(-1, '', 'directory', 0);
  for (let file = 0; file < 300_000; file++) builder.add(0, `f${file % 1000}`, 'file', 1 + (file % 7));
  const tree = await read(builder.done());
  const boxes = layoutTree(tree, 0, 800, 500);
  expect(boxes.length).toBeLessThan(12_000);
  expect(boxes[0]?.rest).toEqual({ x: 0, y: 0, width: 800, height: 500 });
});

test('of a whole whose bytes are its own there is one box, of nothing none', async () => {
  const builder = treeBuilder();
  builder.add(-1, 'empty', 'image', 0);
  builder.add(0, 'nothing', 'file', 0);
  expect(layoutTree(await read(builder.done()), 0, 300, 200)).toHaveLength(1);
});

test('arrow keys lead to the box that lies there', () => {
  const box = (node: number, x: number, y: number, depth = 1): Box => ({
    node,
    x,
    y,
    width: 100,
    height: 100,
    depth,
    header: 0,
    open: false,
  });
  const middle = box(0, 100, 100);
  const boxes = [
    middle,
    box(1, 200, 100),
    box(2, 0, 100),
    box(3, 100, 0),
    box(4, 100, 200),
    box(5, 300, 100),
  ];
  const to = (key: string): number | undefined => neighbour(boxes, middle, key)?.node;
  expect(['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown'].map(to)).toEqual([1, 2, 3, 4]);
  expect(neighbour(boxes, box(5, 300, 100), 'ArrowRight')).toBeUndefined();
});

function within(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width + 1 &&
    inner.y + inner.height <= outer.y + outer.height + 1
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
