import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNames, decodeName, encodeName } from '../../src/layer/names.ts';

test('any bytes come out of a name as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      expect([...encodeName(decodeName(bytes))]).toEqual([...bytes]);
    }),
  );
});

test('bytes near the edges of UTF-8 come out as they went in', () => {
  const edges = fc.constantFrom(
    0x00,
    0x2f,
    0x7f,
    0x80,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xa0,
    0xed,
    0xb2,
    0xef,
    0xbb,
    0xf0,
    0x90,
    0xf4,
    0xf5,
    0xff,
  );
  fc.assert(
    fc.property(fc.array(edges, { maxLength: 8 }), (bytes) => {
      expect([...encodeName(decodeName(Uint8Array.from(bytes)))]).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test('UTF-8 is the string it spells, with a byte order mark too', () => {
  expect(decodeName(Buffer.from('größe/日本/😀'))).toBe('größe/日本/😀');
  expect(decodeName(Buffer.from('\uFEFFx'))).toBe('\uFEFFx');
});

test('a byte that is no UTF-8 is a lone surrogate', () => {
  expect(decodeName(Uint8Array.of(0x61, 0xe9, 0x62))).toBe('a\uDCE9b');
});

test('a string that no bytes decode to is refused', () => {
  expect(() => encodeName('\uD800')).toThrow(/cannot be written/);
  expect(() => encodeName('\uDCC3\uDCA9')).toThrow(/two spellings/);
});

test('names are ordered by their bytes', () => {
  const names = ['b', 'a/b', 'a', 'a-b', 'é', '\uDCFF', '😀', '\uFFFD'];
  expect(names.sort(compareNames)).toEqual(['a', 'a-b', 'a/b', 'b', 'é', '\uFFFD', '😀', '\uDCFF']);
});
