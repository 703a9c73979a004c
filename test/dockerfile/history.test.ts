import { expect, test } from 'vitest';
import { duration, quotedHealthcheck, quotedList } from '../../src/dockerfile/history.ts';

// What Go's fmt gives for the same values.
test.each([
  [['a', 'b c'], '["a" "b c"]'],
  [[], '[]'],
  [['"\\'], String.raw`["\"\\"]`],
  [['\n\t\r\b\f\v\x07'], String.raw`["\n\t\r\b\f\v\a"]`],
  [['\x00\x1f\x7f'], String.raw`["\x00\x1f\x7f"]`],
  [['é😀 ´'], '["é😀 ´"]'],
  [['\u0080\u00a0\u2028\u{e0001}'], String.raw`["\u0080\u00a0\u2028\U000e0001"]`],
])('%j is quoted as %s', (items, quoted) => {
  expect(quotedList(items)).toBe(quoted);
});

test.each([
  [0, '0s'],
  [1, '1ns'],
  [1100, '1.1µs'],
  [2_200_000, '2.2ms'],
  [999_999_999, '999.999999ms'],
  [1e9, '1s'],
  [1.5e9, '1.5s'],
  [59.000000001e9, '59.000000001s'],
  [60e9, '1m0s'],
  [3600e9, '1h0m0s'],
  [100 * 3600e9 + 61e9, '100h1m1s'],
])('%d nanoseconds are %s', (nanoseconds, text) => {
  expect(duration(nanoseconds)).toBe(text);
});

test('a number of retries is a character, as Go prints it', () => {
  const retries = (Retries: number): string =>
    quotedHealthcheck({ Test: [], Retries }).split(' ').at(-1) ?? '';
  expect(retries(10)).toBe(String.raw`'\n'}`);
  expect(retries(39)).toBe(String.raw`'\''}`);
  expect(retries(65)).toBe("'A'}");
  expect(retries(0xd800)).toBe("'\uFFFD'}");
  expect(retries(2 ** 31 - 1)).toBe("'\uFFFD'}");
});
