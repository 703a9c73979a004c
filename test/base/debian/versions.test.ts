import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, meets } from '../../../src/base/debian/versions.ts';

const dpkg = '/usr/bin/dpkg';

/** Oldest first; neighbours differ by one rule each. */
const ascending = [
  ...['0~~', '0~~a', '0~', '0', '0a', '0+', '0.', '0.0-1', '1.0~rc1-1', '1.0-1~bpo12+1', '1.0-1', '1.0-1+b1'],
  ...[
    '1.0-1.1',
    '1.0-2',
    '1.0-10',
    '1.0a-1',
    '1.0+dfsg-1',
    '1.0.1-1',
    '1.2',
    '1.10',
    '2',
    '10',
    '1:0',
    '1:1.0',
    '10:0',
  ],
];

test('versions are ordered by the rules of the policy manual', () => {
  expect([...ascending].reverse().sort(compareVersions)).toEqual(ascending);
  expect(compareVersions('1.0', '1.0-0')).toBe(0);
  expect(compareVersions('1.01', '1.1')).toBe(0);
  expect(compareVersions('0:1', '1')).toBe(0);
  expect(compareVersions('99999999999999999999', '100000000000000000000')).toBeLessThan(0);
});

const version = fc
  .tuple(
    fc.option(fc.nat(3), { nil: undefined }),
    fc.string({ unit: fc.constantFrom(...'0 0 1 9 a b . + ~ -'.split(' ')), minLength: 0, maxLength: 6 }),
    fc.option(
      fc.string({ unit: fc.constantFrom(...'0 0 1 9 a . + ~'.split(' ')), minLength: 1, maxLength: 4 }),
      {
        nil: undefined,
      },
    ),
  )
  .map(([epoch, upstream, revision]) => {
    const base = `${epoch === undefined ? '' : `${epoch}:`}1${upstream}`;
    return revision === undefined ? base.replace(/-+$/, '') : `${base.replace(/-+$/, '')}-${revision}`;
  });

test.skipIf(!existsSync(dpkg))('versions compare as dpkg compares them', () => {
  const pairs = [
    ...ascending.flatMap((one, at) => [[one, ascending[at + 1] ?? one] as const]),
    ...fc.sample(fc.tuple(version, version), 400),
  ];
  // One shell for all: a process each would take a minute.
  const script =
    'while read -r a b; do for o in lt eq; do if dpkg --compare-versions "$a" $o "$b" 2>/dev/null; then printf "%s " "$o"; fi; done; echo; done';
  const input = pairs.map(([one, other]) => `${one} ${other}\n`).join('');
  const answers = execFileSync('sh', ['-c', script], { input }).toString().split('\n');
  const ours = pairs.map(([one, other]) => {
    const order = compareVersions(one, other);
    return order < 0 ? 'lt ' : order === 0 ? 'eq ' : '';
  });
  const told = (texts: readonly string[]): string[] =>
    pairs.map(([one, other], at) => `${one} ${other}: ${texts[at] ?? '?'}`);
  expect(told(ours)).toEqual(told(answers));
});

test('the order is one: turned round it is the opposite, and it holds over three', () => {
  fc.assert(
    fc.property(version, version, version, (one, other, third) => {
      expect(Math.sign(compareVersions(one, other))).toBe(-Math.sign(compareVersions(other, one)) || 0);
      const [a, b, c] = [one, other, third].sort(compareVersions);
      expect(compareVersions(a ?? '', c ?? '')).toBeLessThanOrEqual(0);
      expect(compareVersions(b ?? '', c ?? '')).toBeLessThanOrEqual(0);
    }),
  );
});

test.each([
  ['<<', [true, false, false]],
  ['<=', [true, true, false]],
  ['=', [false, true, false]],
  ['>=', [false, true, true]],
  ['>>', [false, false, true]],
] as const)('%s holds for what it should', (operator, expected) => {
  const held = ['1.9', '2.0', '2.0-1'].map((one) => meets(one, { operator, version: '2.0' }));
  expect(held).toEqual(expected);
  expect(meets('1', undefined)).toBe(true);
});
