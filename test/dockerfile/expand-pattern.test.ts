import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replacePattern, trimPrefix, trimSuffix } from '../../src/dockerfile/expand-pattern.ts';

/** The same pattern for the regular expressions of the language, as a second opinion. */
function regexOf(pattern: string, star: string): string {
  return Array.from(pattern, (character) => {
    if (character === '*') return star;
    if (character === '?') return '[^\\n]';
    return character.replace(/[.+()|[\]{}^$\\/]/, '\\$&');
  }).join('');
}

const text = (max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom('a', 'b', '.', '\n', '😀'), { maxLength: max }).map((parts) => parts.join(''));
const pattern = fc
  .array(fc.constantFrom('a', 'b', '.', '*', '?', '\n'), { maxLength: 6 })
  .map((parts) => parts.join(''));

test('prefixes are what a regular expression finds', () => {
  fc.assert(
    fc.property(text(12), pattern, fc.boolean(), (value, glob, greedy) => {
      const expected = value.replace(
        new RegExp(`^${regexOf(glob, greedy ? '[^\\n]*' : '[^\\n]*?')}`, 'u'),
        '',
      );
      expect(trimPrefix(value, glob, greedy)).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

test('a suffix is a prefix backwards', () => {
  const backwards = (value: string): string => Array.from(value).reverse().join('');
  fc.assert(
    fc.property(text(12), pattern, fc.boolean(), (value, glob, greedy) => {
      expect(trimSuffix(value, glob, greedy)).toBe(
        backwards(trimPrefix(backwards(value), backwards(glob), greedy)),
      );
    }),
    { numRuns: 2000 },
  );
});

test('replacements are what a regular expression finds', () => {
  fc.assert(
    fc.property(
      text(12),
      pattern.filter((glob) => /[^*]/.test(glob)),
      fc.boolean(),
      (value, glob, all) => {
        const expected = value.replace(new RegExp(regexOf(glob, '[^\\n]*'), all ? 'gu' : 'u'), () => '-');
        expect(replacePattern(value, glob, '-', all)).toBe(expected);
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  ['abc', '', '-', '-a-b-c-'],
  ['', '', '-', '-'],
  ['abc', '*', '-', '-'],
  ['a\nb', '*', '-', '-\n-'],
])('nothing in %j is found by Go’s rule', (value, glob, replacement, expected) => {
  expect(replacePattern(value, glob, replacement, true)).toBe(expected);
});

test('what makes a backtracking matcher slow is not slow', () => {
  const value = 'a'.repeat(20_000);
  const glob = `${'*a'.repeat(12)}*b`;
  expect(trimPrefix(value, glob, true)).toBe(value);
  expect(trimSuffix(value, glob, false)).toBe(value);
  expect(replacePattern(value, glob, '', true)).toBe(value);
});
