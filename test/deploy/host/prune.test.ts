import { expect, test } from 'vitest';
import { leaving, type KeptRelease } from '../../../src/deploy/host/prune.ts';

const release = (
  number: number,
  standing: KeptRelease['standing'] = 'kept',
  changes: Partial<KeptRelease> = {},
): KeptRelease => ({ release: `r${number}`, standing, bytes: 10, age: 100 - number, ...changes });

const all = [
  release(7, 'pending'),
  release(6, 'current'),
  release(5, 'previous'),
  release(4),
  release(3, 'failed'),
  release(2),
  release(1),
];
const names = (keep: Parameters<typeof leaving>[1], of = all): string[] =>
  leaving(of, keep).map((one) => one.release);

test('as many stay as are wanted, the current and the previous among them', () => {
  expect(names({ releases: 5 })).toEqual(['r3']);
  expect(names({ releases: 4 })).toEqual(['r3', 'r1']);
  expect(names({ releases: 0 })).toEqual(['r4', 'r3', 'r2', 'r1']);
  expect(names({ releases: 1 }, all.toReversed())).toEqual(['r4', 'r3', 'r2', 'r1']);
});

test('what is too old goes, but never the current and the previous', () => {
  expect(names({ releases: 9, age: 97_000 })).toEqual(['r3', 'r2', 'r1']);
  expect(names({ releases: 9, age: 0 })).toEqual(['r4', 'r3', 'r2', 'r1']);
});

test('the oldest go until the rest is small enough', () => {
  expect(names({ releases: 9, bytes: 60 })).toEqual(['r3']);
  expect(names({ releases: 9, bytes: 50 })).toEqual(['r3', 'r1']);
  expect(names({ releases: 9, bytes: 41 })).toEqual(['r3', 'r2', 'r1']);
  expect(names({ releases: 9, bytes: 0 })).toEqual(['r4', 'r3', 'r2', 'r1']);
});

test('after a rollback the old release that serves stays, and newer ones that are only kept go', () => {
  const back = [release(9), release(8, 'previous'), release(2, 'current'), release(1)];
  expect(names({ releases: 2 }, back)).toEqual(['r9', 'r1']);
});
