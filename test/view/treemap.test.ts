import fc from 'fast-check';
import { expect, test } from 'vitest';
import { treemap, type Block } from '../../src/view/treemap.ts';

const values = fc
  .array(fc.integer({ min: 1, max: 1e12 }), { maxLength: 100 })
  .map((all) => all.sort((a, b) => b - a));

const area = ({ left, top, right, bottom }: Block): number => (right - left) * (bottom - top);

test('blocks are readable, lie on the screen, share no more than borders, and leave no hole', () => {
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (parts, width, height) => {
        const { blocks, rest } = treemap(parts, width, height);
        const all = rest === undefined ? blocks : [...blocks, rest];
        expect(blocks.length).toBeLessThanOrEqual(parts.length);
        for (const { left, top, right, bottom } of all) {
          expect(left).toBeGreaterThanOrEqual(0);
          expect(top).toBeGreaterThanOrEqual(0);
          expect(right).toBeLessThan(width);
          expect(bottom).toBeLessThan(height);
          expect(right - left).toBeGreaterThanOrEqual(9);
          expect(bottom - top).toBeGreaterThanOrEqual(2);
        }
        for (const [index, a] of all.entries()) {
          for (const b of all.slice(index + 1)) {
            const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
            expect(apart).toBe(true);
          }
        }
        if (all.length > 0)
          expect(all.reduce((sum, block) => sum + area(block), 0)).toBe((width - 1) * (height - 1));
        expect(all.length > 0).toBe(parts.length > 0 && width > 9 && height > 2);
      },
    ),
    { numRuns: 500 },
  );
});

test('areas are as the values, as far as whole characters go', () => {
  const { blocks } = treemap([60, 30, 10], 101, 41);
  expect(blocks.map((block) => Math.round((area(block) / 4000) * 100))).toEqual([60, 30, 10]);
});

test('blocks are more like squares than like stripes', () => {
  const { blocks } = treemap(
    Array.from({ length: 12 }, () => 1),
    121,
    31,
  );
  for (const { left, top, right, bottom } of blocks) {
    const ratio = (right - left) / ((bottom - top) * 2);
    expect(Math.max(ratio, 1 / ratio)).toBeLessThan(3);
  }
});

test('many small parts stand together, drawn smaller when they would crowd out all others', () => {
  const some = treemap([500, 300, ...Array.from({ length: 400 }, () => 1)], 79, 19);
  expect(some).toMatchObject({ blocks: { length: 2 }, toScale: true });
  expect(some.rest).toBeDefined();
  const many = treemap(
    Array.from({ length: 500 }, () => 10),
    79,
    19,
  );
  expect(many).toMatchObject({ toScale: false });
  expect(many.rest).toBeDefined();
  expect(many.blocks.length).toBeGreaterThan(5);
});

test('a crumb beside a giant is not drawn', () => {
  expect(treemap([1e9, 1], 79, 19)).toMatchObject({ blocks: { length: 1 }, rest: undefined });
});
