import { expect, test } from 'vitest';
import { sortedBy } from '../../../src/golang/ledger/resolve-sort.ts';

const scattered = (count: number, largest: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, index) => ((index + 1) * 2_654_435_761) % (largest + 1));

test.each([
  ['nothing', []],
  ['one', [7]],
  ['keys in order', [0, 0, 1, 5]],
  ['two the wrong way round', [1, 0]],
  ['equal keys', [3, 1, 3, 1, 3]],
  ['the largest keys', [0xffffffff, 3, 0xfffffffe, 0, 0xffffffff]],
  ['keys of a large file', [...scattered(5000, 75_000_000)]],
  ['few different keys', [...scattered(5000, 9)]],
])('%s: in order, and those of equal keys in the order in which they came', (_, list) => {
  const keys = Uint32Array.from(list);
  const expected = list.map((__, index) => index).sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0) || a - b);
  expect([...sortedBy(keys)]).toEqual(expected);
  expect([...keys]).toEqual(list);
});
