import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { baseOf, parentOf, safeLinkText, safePath } from '../../src/layer/safe-path.ts';

describe('safePath', () => {
  test.each([
    ['a', 'a'],
    ['./a', 'a'],
    ['a/', 'a'],
    ['./a//b/./c/', 'a/b/c'],
    ['.', ''],
    ['./', ''],
    ['a/...', 'a/...'],
    ['..a/b..', '..a/b..'],
    ['a\\..\\b', 'a\\..\\b'],
  ])('%j is %j', (name, path) => {
    expect(safePath(name, 'entry')).toBe(path);
  });

  test.each([
    '',
    '/',
    '/etc/passwd',
    '//x',
    '..',
    '../a',
    'a/..',
    'a/../b',
    './../a',
    'a\0b',
    'x'.repeat(4096),
  ])('%j is refused', (name) => {
    expect(() => safePath(name, 'entry')).toThrow(expect.objectContaining({ code: 'ARCHIVE_UNSAFE' }));
  });

  test('what it gives stays below the root, whatever the name', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '...', '\\', 'b c');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        let path: string;
        try {
          path = safePath(parts.join('/'), 'entry');
        } catch (error) {
          expect(isToolError(error, 'ARCHIVE_UNSAFE')).toBe(true);
          return;
        }
        for (const clean of path === '' ? [] : path.split('/')) expect(['', '.', '..']).not.toContain(clean);
        expect(path === '' ? '' : safePath(path, 'entry')).toBe(path);
      }),
    );
  });
});

test('a symbolic link may point anywhere, but must be text that a link can hold', () => {
  expect(safeLinkText('../../etc')).toBe('../../etc');
  for (const text of ['', 'a\0b', 'x'.repeat(5000)]) {
    expect(() => safeLinkText(text)).toThrow(expect.objectContaining({ code: 'ARCHIVE_UNSAFE' }));
  }
});

test('a path is its parent and its base', () => {
  expect([parentOf('a/b/c'), baseOf('a/b/c')]).toEqual(['a/b', 'c']);
  expect([parentOf('a'), baseOf('a')]).toEqual(['', 'a']);
});
