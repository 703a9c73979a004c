import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { compileGlob, isGlob, matchPattern } from '../../src/context/glob.ts';
import { compileIgnore, ignoredBy, isIgnored, parseIgnoreFile } from '../../src/context/ignore.ts';
import type { Ignore } from '../../src/context/ignore.ts';
import { globCases, ignoreCases, paths, refused } from './pattern-cases.ts';

const read = (text: string): Ignore => compileIgnore(parseIgnoreFile(Buffer.from(text), '.dockerignore'));
const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test.each(ignoreCases)('%j leaves out what Docker leaves out', (text, ignored) => {
  const ignore = read(text);
  expect(paths.filter((path) => isIgnored(ignore, path))).toEqual(ignored);
});

test.each(refused)('%j is refused as in Docker', (text) => {
  const error = failure(() => read(text));
  expect(isToolError(error, 'CONTEXT_INVALID')).toBe(true);
});

test.each(globCases)('%j matches what filepath.Match matches', (pattern, matched) => {
  expect(paths.filter((path) => matchPattern(pattern, path))).toEqual(matched);
});

test.each(['[', 'a[', '[]a]', '[-a]', '[a-]', 'a\\', '[^]'])('the glob %j is refused', (pattern) => {
  expect(
    isToolError(
      failure(() => compileGlob(pattern)),
      'CONTEXT_INVALID',
    ),
  ).toBe(true);
});

test('the error names the line', () => {
  const error = failure(() => read('ok\n# note\n[x\n'));
  expect(isToolError(error) && error.where).toMatchObject({ file: '.dockerignore', line: 3 });
});

test('the line that leaves a path out is known', () => {
  const ignore = read('*.md\n\n# note\nsrc\n!src/keep\n');
  const line = (path: string): number | undefined => ignoredBy(ignore, path)?.where?.line;
  expect([line('a.md'), line('src/x'), line('src/keep'), line('a.go')]).toEqual([1, 4, undefined, undefined]);
  expect(ignoredBy(ignore, 'src/a/b')?.pattern).toBe('src');
});

test('what nobody can mean is refused with the way out', () => {
  const error = failure(() => read('*\\pL'));
  expect(isToolError(error, 'CONTEXT_INVALID') && error.hint).toContain('backslash');
});

test('a line of 64 KiB is refused as in Docker', () => {
  expect(
    isToolError(
      failure(() => read('a'.repeat(64 * 1024))),
      'CONTEXT_INVALID',
    ),
  ).toBe(true);
});

test('names that are not UTF-8 are matched byte by byte', () => {
  const name = 'a\udcff';
  expect(isIgnored(read('a?'), name)).toBe(true);
  expect(isIgnored(compileIgnore(parseIgnoreFile(Buffer.from([0x61, 0xff]), 'x')), name)).toBe(true);
  expect(isIgnored(read('a'), name)).toBe(false);
});

describe('an exception below a directory that is left out', () => {
  test.each([
    ['*\n!src/keep', 'src', true],
    ['*\n!src/keep', 'lib', false],
    ['*\n!**/keep', 'lib', true],
    ['*\n!s*/keep', 'src', true],
    ['*\n!s*/keep', 'lib', false],
    ['node_modules', 'node_modules', false],
    ['a\n!a/b/**', 'a', true],
    ['a\n!a/b/**', 'a/c', false],
  ])('%j may lie below %s: %s', (text, directory, expected) => {
    expect(read(text).mayHold(directory)).toBe(expected);
  });
});

const pieces = fc.constantFrom(
  'a',
  'b',
  'x.go',
  '*',
  '**',
  '?',
  '/',
  '/',
  '[ab]',
  '[^a]',
  '\\*',
  '!',
  '.',
  'é',
  ' ',
);
const pattern = fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
const somePath = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'x.go', 'é', '.', ' '), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

test('nothing is left out below a directory that mayHold says cannot come back', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 5 }), somePath, somePath, (patterns, directory, below) => {
      const ignore = failure(() => compileIgnore(patterns));
      fc.pre(!(ignore instanceof Error));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is no error
      const compiled = ignore as Ignore;
      if (isIgnored(compiled, directory) && !compiled.mayHold(directory)) {
        expect(isIgnored(compiled, `${directory}/${below}`)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any bytes are patterns or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), somePath, (bytes, path) => {
      const result = failure(() => isIgnored(compileIgnore(parseIgnoreFile(bytes, 'x')), path));
      expect(typeof result === 'boolean' || isToolError(result, 'CONTEXT_INVALID')).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('patterns made to run for ever do not', () => {
  const long = 'a'.repeat(4000);
  const stars = '*a'.repeat(200);
  expect(isIgnored(read(`${stars}b`), long)).toBe(false);
  expect(isIgnored(read(`${'**/a'.repeat(200)}b`), `${'a/'.repeat(1500)}a`)).toBe(false);
  expect(matchPattern(`${stars}b`, long)).toBe(false);
  expect(isIgnored(read('?*'.repeat(300)), long)).toBe(true);
  expect(parseIgnoreFile(Buffer.from(' '.repeat(60_000) + 'x' + ' '.repeat(5000) + 'y'), 'x')).toHaveLength(
    1,
  );
});

test('what is a pattern and what is a name', () => {
  expect(['a*', '?', '[a]', 'a\\b'].every(isGlob)).toBe(true);
  expect(['a', 'a.b', '{a}', 'é'].some(isGlob)).toBe(false);
});
