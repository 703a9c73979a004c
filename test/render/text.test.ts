import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskUrls, safe } from '../../src/render/safe.ts';
import { shellLines } from '../../src/render/shell.ts';
import { age, bytes, duration } from '../../src/render/units.ts';
import { cut, displayWidth } from '../../src/render/width.ts';
import { wrap } from '../../src/render/wrap.ts';
import { run } from '../../src/core/exec.ts';

describe('safe', () => {
  test.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007text', 'text'],
    ['\u001B]8;;http://x\u001B\\link', 'link'],
    ['a\rb', 'ab'],
    ['a\r\nb\tc', 'a\nb\tc'],
    ['abc\u202Edef', 'abcdef'],
    ['\u009B31m', '31m'],
    ['./cmd/api/main.go:3:5: undefined: x', './cmd/api/main.go:3:5: undefined: x'],
  ])('%j becomes %j', (text, wanted) => {
    expect(safe(text)).toBe(wanted);
  });

  test('leaves nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('\u001B', '[', ']', 'm', '3', '\u0007', '\u009B', 'a', '\\', '\b'),
        }),
        (text) => {
          // oxlint-disable-next-line no-control-regex
          expect(safe(text)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
        },
      ),
    );
  });
});

test.each([
  ['https://user:pass@host/x', 'https://***@host/x'],
  ['two https://a@b/ and http://c:d@e', 'two https://***@b/ and http://***@e'],
  ['https://host/path@sha256:abc', 'https://host/path@sha256:abc'],
  ['mail me@example.com', 'mail me@example.com'],
])('the credentials in %s are hidden', (text, wanted) => {
  expect(maskUrls(text)).toBe(wanted);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [4_400_000, '4.4 MB'],
  [13_100_000_000, '13.1 GB'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  [0, '0 ms'],
  [99, '99 ms'],
  [100, '0.1 s'],
  [59_949, '59.9 s'],
  [59_960, '1 m 00 s'],
  [125_000, '2 m 05 s'],
])('%d milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, 'just now'],
  [61_000, '1 minute ago'],
  [3 * 86_400_000, '3 days ago'],
  [8 * 86_400_000, '1 week ago'],
])('%d milliseconds back is %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});

describe('width', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['e\u0301', 1],
    ['🐳', 2],
    ['\u001B[31mred\u001B[39m', 3],
    ['…', 1],
  ])('%j takes %d columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('what is cut fits, and keeps what fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
        const clean = safe(text).replaceAll(/[\n\t]/g, '');
        const result = cut(clean, columns);
        expect(displayWidth(result)).toBeLessThanOrEqual(columns);
        if (displayWidth(clean) <= columns) expect(result).toBe(clean);
      }),
    );
  });

  test('wrapping loses no word, and no line is wider than its longest word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 40 }), (list, columns) => {
        const lines = wrap(list.join(' '), columns);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

test('a shell takes any directory back out of the lines', async () => {
  const directory = '/a b/$HOME/`x`/it\'s "x"/\\';
  const line = `PATH=/bin:/usr/bin\n${shellLines('sh', directory, { GOROOT: directory })}\nprintf '%s|%s' "\${PATH%:/bin:/usr/bin}" "$GOROOT"`;
  const exit = await run({ argv: ['sh', '-c', line], env: {} }, new AbortController().signal);
  expect(exit.stdout).toBe(`${directory}|${directory}`);
  expect(shellLines('fish', "it's", {})).toBe("set -gx PATH 'it\\'s' $PATH");
});
