import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareGoVersions,
  isGoVersion,
  isLanguageVersion,
  isPrerelease,
  languageVersion,
  versionAsTyped,
  versionOfToolchain,
} from '../../src/golang/version.ts';

const numeral = fc.integer({ min: 0, max: 130 }).map(String);
const version = fc.oneof(
  fc.tuple(numeral, numeral).map((parts) => parts.join('.')),
  fc.tuple(numeral, numeral, numeral).map((parts) => parts.join('.')),
  fc
    .tuple(numeral, numeral, fc.constantFrom('alpha', 'beta', 'rc'), numeral)
    .map(([a, b, kind, n]) => `${a}.${b}${kind}${n}`),
);

describe('Go versions', () => {
  it('are ordered as the go command orders them', () => {
    const ordered = [
      'nonsense',
      '1',
      '1.5rc1',
      '1.5',
      '1.5.1',
      '1.19rc2',
      '1.19',
      '1.19.1',
      '1.20',
      '1.20.14',
      '1.21',
      '1.21alpha1',
      '1.21beta1',
      '1.21rc1',
      '1.21rc2',
      '1.21rc10',
      '1.21.0',
      '1.21.1',
      '1.21.10',
      '1.22',
      '1.100',
      '1.99999999999',
      '2',
      '10.1',
    ];
    const shuffled = [...ordered].reverse().sort(compareGoVersions);
    expect(shuffled).toEqual(ordered);
  });

  it('are equal where a missing patch means .0, before 1.21', () => {
    expect(compareGoVersions('1.20', '1.20.0')).toBe(0);
    expect(compareGoVersions('1', '1.0.0')).toBe(0);
    expect(compareGoVersions('1.21', '1.21.0')).toBeLessThan(0);
  });

  it.each([
    '',
    'go1.21',
    '1.',
    '.1',
    '01.2',
    '1.02',
    '1.2.3rc1',
    '1.2.3.4',
    '1.21-rc1',
    '1.21RC1',
    ' 1.21',
    '1.21\n',
    '1.2x.3',
  ])('refuse %j', (text) => expect(isGoVersion(text)).toBe(false));

  it('tell languages from releases', () => {
    expect(['1.21', '1.22', '1.20', '1.21.0', '1.21rc1', 'x'].map(isLanguageVersion)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(['1.21', '1.21rc1', '1.5beta2'].map(isPrerelease)).toEqual([false, true, true]);
    expect(['1.21.3', '1.22rc1', '1', 'x'].map(languageVersion)).toEqual(['1.21', '1.22', '1.0', 'x']);
  });

  it('are read out of toolchain names', () => {
    const names = [
      'go1.21.3',
      'go1.21.3-corp',
      'go1.21rc1 X:a',
      'default',
      'local',
      'go',
      'gox',
      'a/go1.2',
      'go1.2/../x',
    ];
    expect(names.map(versionOfToolchain)).toEqual([
      '1.21.3',
      '1.21.3',
      '1.21rc1',
      ...Array.from({ length: 6 }, () => undefined),
    ]);
    expect(['go1.26', 'v1.26.1', ' 1.2 ', 'latest'].map(versionAsTyped)).toEqual([
      '1.26',
      '1.26.1',
      '1.2',
      undefined,
    ]);
  });

  it('have a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(isGoVersion(a)).toBe(true);
        expect(Math.sign(compareGoVersions(a, b))).toBe(-Math.sign(compareGoVersions(b, a)) + 0);
        const [low = '', middle = '', high = ''] = [a, b, c].sort(compareGoVersions);
        expect(compareGoVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareGoVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareGoVersions(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('give an answer for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        expect(compareGoVersions(a, b)).not.toBeNaN();
      }),
    );
  });
});
