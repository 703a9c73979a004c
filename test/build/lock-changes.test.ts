import { expect, test } from 'vitest';
import { changesOf } from '../../src/build/lock-changes.ts';
import type { Lock } from '../../src/config/lock.ts';

const one = (name: string, version: string, letter = 'a') => ({
  ...{ name, version, architecture: 'amd64', sha256: letter.repeat(64), size: 1 },
  filename: `pool/${name}.deb`,
});
const lockOf = (...packages: readonly ReturnType<typeof one>[]): Lock => ({
  composed: { 'glibc linux/amd64 0123456789ab': { source: 'debian trixie', packages } },
});

test('what changed of a composed base is said package by package', () => {
  const before = lockOf(one('libc6', '2.36-9'), one('gone', '1'), one('same', '1'), one('rebuilt', '1'));
  const after = lockOf(
    one('libc6', '2.36-10', 'b'),
    one('new', '1'),
    one('same', '1'),
    one('rebuilt', '1', 'c'),
  );
  expect(changesOf(before, after)).toEqual([
    'glibc linux/amd64 gone: 1 -> (none)',
    'glibc linux/amd64 libc6: 2.36-9 -> 2.36-10',
    'glibc linux/amd64 new: (none) -> 1',
    'glibc linux/amd64 rebuilt: 1 (aaaaaaaaaaaa) -> 1 (cccccccccccc)',
  ]);
  expect(changesOf(before, before)).toEqual([]);
});

test('a base that is new is one line, and so is that there may be one', () => {
  expect(changesOf(undefined, lockOf(one('libc6', '1')))).toEqual([
    'base glibc linux/amd64: (none) -> 1 packages of debian trixie',
  ]);
  expect(changesOf({}, { composed: {} })).toEqual(['composed bases: (none) -> pinned']);
});
