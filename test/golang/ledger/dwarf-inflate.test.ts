import { deflateRawSync, inflateRawSync, constants } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mapInflate } from '../../../src/golang/ledger/dwarf-inflate.ts';

/** Bytes that repeat as debug data do, with some that do not. */
function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 12_345;
  for (let at = 0; at < size; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    bytes[at] = at % 97 < 60 ? (at >> 8) & 0xff : state >> 16;
  }
  return bytes;
}

const plain = sample(400_000);
const places = Float64Array.from({ length: 40 }, (_, index) => index * 10_000);

/** How much comes out when the stream is cut at `end`. */
function unpackedUpTo(packed: Buffer, end: number): number {
  return inflateRawSync(packed.subarray(0, end), { finishFlush: constants.Z_SYNC_FLUSH }).length;
}

const ways: readonly (readonly [string, ZlibOptions])[] = [
  ['fast', { level: 1 }],
  ['best', { level: 9 }],
  ['fixed codes', { strategy: constants.Z_FIXED }],
  ['stored', { level: 0 }],
  ['no matches', { strategy: constants.Z_HUFFMAN_ONLY }],
];

describe.each(ways)('a deflate stream: %s', (_, options) => {
  const packed = deflateRawSync(plain, options);
  const start = 7;
  const bytes = Buffer.concat([Buffer.alloc(start, 0xff), packed, Buffer.from('behind it')]);
  const map = mapInflate(bytes, start, start + packed.length, places);

  it('is followed to its end', () => {
    expect(map?.end).toBe(start + packed.length);
  });

  it('has each place of the output where zlib makes it', () => {
    places.forEach((place, index) => {
      const at = (map?.input[index] ?? 0) - start;
      // Without this byte there is not yet more output, but for the copy of at most 258 bytes that the place is in; with some more there is.
      expect(unpackedUpTo(packed, at)).toBeLessThan(place + 258);
      expect(unpackedUpTo(packed, Math.min(packed.length, at + 400))).toBeGreaterThan(place);
    });
  });

  it('has its blocks one after the other over all of the output', () => {
    const headers = map?.headers ?? [];
    for (let index = 4; index < headers.length; index += 4) {
      expect(headers[index + 2]).toBeGreaterThanOrEqual(headers[index - 1] ?? 0);
      expect(headers[index + 1]).toBeGreaterThanOrEqual(headers[index] ?? 0);
    }
    if (options.level !== 0) expect(headers.at(-1)).toBe(plain.length);
  });
});

describe('a damaged deflate stream', () => {
  it('ends, whatever it holds', () => {
    const packed = deflateRawSync(plain.subarray(0, 20_000));
    for (let at = 0; at < packed.length; at += 11) {
      const broken = Buffer.from(packed);
      broken[at] = (broken[at] ?? 0) ^ 0x55;
      mapInflate(broken, 0, broken.length, places);
      mapInflate(packed, 0, at, places);
    }
    expect(mapInflate(packed, 0, 100, places)).toBeUndefined();
    expect(mapInflate(Buffer.alloc(50, 0xff), 0, 50, places)).toBeUndefined();
  });
});
