import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { decompress } from '../../src/layer/decompress.ts';
import type { DecompressOptions } from '../../src/layer/decompress.ts';
import { collect, failure, inChunks } from './support.ts';

const unpack = async (bytes: Uint8Array, chunk?: number, options?: DecompressOptions): Promise<string> =>
  (await collect(decompress(inChunks(bytes, chunk), options))).toString();

const text = 'hello world '.repeat(30);

describe.each([
  ['gzip', (data: string) => gzipSync(data)],
  ['zstd', (data: string) => zstdCompressSync(data)],
])('%s', (kind, pack) => {
  const parts = [pack(text), pack('second'), pack(''), pack('last')];
  const whole = Buffer.concat(parts);
  const chunks = [1, 2, 7, parts[0]?.length ?? 1, (parts[0]?.length ?? 1) + 1, 10_000];

  test.each(chunks)('all parts are unpacked, in chunks of %d', async (chunk) => {
    expect(await unpack(whole, chunk)).toBe(`${text}secondlast`);
  });

  test.each(chunks)('cut off anywhere but between parts it is an error, in chunks of %d', async (chunk) => {
    let sum = 0;
    const borders = new Set(parts.map((part) => (sum += part.length)));
    for (let at = 4; at < whole.length; at++) {
      if (borders.has(at))
        expect(text.startsWith((await unpack(whole.subarray(0, at), chunk)).slice(0, 9))).toBe(true);
      else
        expect(await failure(unpack(whole.subarray(0, at), chunk))).toMatchObject({ code: 'IMAGE_INVALID' });
    }
  });

  test.each(['x', 'garbage', '\0', '\0'.repeat(512), '\x1f', '\x1f\x8b', '\x28\xb5\x2f'])(
    'something that follows it is an error: %j',
    async (rest) => {
      for (const chunk of chunks) {
        const bytes = Buffer.concat([parts[0] ?? Buffer.alloc(0), Buffer.from(rest, 'latin1')]);
        expect(await failure(unpack(bytes, chunk))).toMatchObject({ code: 'IMAGE_INVALID' });
      }
    },
  );

  test('whatever is flipped in it, it ends with the right bytes or with a ToolError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 300 }),
        async (at, mask, chunk) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          try {
            const found = await unpack(bytes, chunk);
            // zstd without a checksum can change its text, and the first bytes decide what it is at all.
            if (kind === 'gzip' && at > 1) expect(found).toBe(`${text}secondlast`);
          } catch (error) {
            if (!isToolError(error, 'IMAGE_INVALID')) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a bomb stops at the limit, long before it is unpacked', async () => {
    const bomb = pack('\0'.repeat(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    let seen = 0;
    const reading = async (): Promise<void> => {
      for await (const chunk of decompress(inChunks(bomb, 4096), { limit: 1_000_000 })) seen += chunk.length;
    };
    expect(await failure(reading())).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    expect(seen).toBeLessThanOrEqual(1_000_000);
    expect((await unpack(pack(text), 10, { limit: text.length })).length).toBe(text.length);
  });

  test('a failing source fails with its own error', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 20);
      throw new Error('the network broke');
    };
    expect(await failure(collect(decompress(failing())))).toMatchObject({ message: 'the network broke' });
  });

  test('a reader that leaves early lets go of the source', async () => {
    let closed = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield whole;
      } finally {
        closed = true;
      }
    };
    for await (const chunk of decompress(endless())) if (chunk.length > 0) break;
    expect(closed).toBe(true);
  });
});

test('what is packed in no way comes out as it is, also when it is short or empty', async () => {
  for (const bytes of ['', 'a', 'ab', 'plain text']) expect(await unpack(Buffer.from(bytes), 1)).toBe(bytes);
});

test('a media type that promises what the bytes are not is an error', async () => {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  expect(await failure(unpack(Buffer.from('plain'), 10, { mediaType }))).toMatchObject({
    code: 'IMAGE_INVALID',
  });
  expect(await unpack(zstdCompressSync('x'), 10, { mediaType })).toBe('x');
  expect(await unpack(gzipSync('x'), 10, { mediaType: 'application/vnd.oci.image.layer.v1.tar' })).toBe('x');
});

test('bzip2 and xz are named, not taken for tars', async () => {
  for (const start of ['BZh91AY', '\xfd7zXZ\0\0']) {
    expect(await failure(unpack(Buffer.from(start, 'latin1')))).toMatchObject({ code: 'UNSUPPORTED' });
  }
});

test('every field a gzip header may have is passed over', async () => {
  const body = deflateRawSync('x');
  const trailer = gzipSync('x').subarray(-8);
  const header = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4 + 8 + 16 + 2, 1, 2, 3, 4, 0, 3, 3, 0]),
    Buffer.from('abcname\0comment\0'),
    Buffer.alloc(2),
  ]);
  for (const chunk of [1, 1000])
    expect(await unpack(Buffer.concat([header, body, trailer]), chunk)).toBe('x');
});

test('a gzip header that does not end is refused', async () => {
  const endless = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
    Buffer.alloc(200_000, 'n'),
  ]);
  expect(await failure(unpack(endless))).toMatchObject({ code: 'IMAGE_INVALID' });
});

test('skippable zstd frames are passed over wherever they stand', async () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const bytes = Buffer.concat([
    skippable,
    zstdCompressSync('a'),
    skippable,
    skippable,
    zstdCompressSync('b'),
    skippable,
  ]);
  for (const chunk of [1, 5, 12, 1000]) expect(await unpack(bytes, chunk)).toBe('ab');
});
