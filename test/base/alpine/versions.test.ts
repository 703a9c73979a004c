import { expect, test } from 'vitest';
import { parseAlpineRelation, writeAlpineRelation } from '../../../src/base/alpine/relations.ts';
import { compareAlpineVersions, meetsAlpine } from '../../../src/base/alpine/versions.ts';

/** Each is older than the next. */
const ordered = [
  ...['0.9', '1.0_alpha', '1.0_alpha2', '1.0_beta', '1.0_pre1', '1.0_rc1', '1.0_rc1-r1', '1.0_rc2'],
  ...[
    '1.0',
    '1.0-r1',
    '1.0-r10',
    '1.0_git20240101',
    '1.0_p1',
    '1.0_p1-r3',
    '1.0_p2',
    '1.0a',
    '1.0b',
    '1.0.1',
  ],
  ...['1.01', '1.1', '1.2', '1.10', '2.0', '10.0', '20240101'],
];

test('versions sort as apk sorts them', () => {
  ordered.forEach((one, at) => {
    expect(compareAlpineVersions(one, one)).toBe(0);
    for (const newer of ordered.slice(at + 1)) {
      expect([one, newer, Math.sign(compareAlpineVersions(one, newer))]).toEqual([one, newer, -1]);
      expect([newer, one, Math.sign(compareAlpineVersions(newer, one))]).toEqual([newer, one, 1]);
    }
  });
});

test('a relation is met by the versions that it names', () => {
  const meets = (word: string, version: string): boolean =>
    meetsAlpine(version, parseAlpineRelation(word).version);
  expect(meets('x', '1.0-r0')).toBe(true);
  expect(meets('x=1.0-r0', '1.0-r0')).toBe(true);
  expect(meets('x=1.0-r0', '1.0-r1')).toBe(false);
  expect(meets('x>=1.0', '1.0-r1')).toBe(true);
  expect(meets('x<1.0', '1.0_rc1')).toBe(true);
  expect(meets('x~1.2', '1.2.3-r0')).toBe(true);
  expect(meets('x~1.2', '1.20')).toBe(false);
  expect(meets('x~=1.2', '1.2-r5')).toBe(true);
});

test('a relation is read as it is written', () => {
  for (const word of [
    'busybox',
    '!gcompat',
    'so:libc.musl-x86_64.so.1',
    'cmd:sh=1.36.1-r15',
    'pc:zlib>=1.2',
    '/bin/sh',
  ])
    expect(writeAlpineRelation(parseAlpineRelation(word))).toBe(word);
  expect(parseAlpineRelation('tool@edge')).toEqual({ name: 'tool', conflict: false });
});
