import { execFileSync } from 'node:child_process';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress, levelOf } from '../../src/layer/compress.ts';
import type { Compression } from '../../src/layer/compress.ts';
import { decompress } from '../../src/layer/decompress.ts';
import { memberSize } from '../../src/layer/gzip.ts';
import { prewarm, stopThreads } from '../../src/layer/gzip-pool.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { collect, failure, inChunks, sample } from './support.ts';

const packed = async (
  bytes: Uint8Array,
  compression: Compression,
  cores?: number,
  chunk?: number,
): Promise<Buffer> =>
  collect(compress(inChunks(bytes, chunk), compression, cores === undefined ? {} : { cores }));

const large = sample(3 * memberSize + 12_345);

describe('golden bytes: a change here changes the digest of every image', () => {
  test('gzip level 6', async () => {
    expect(digestOf(await packed(large, { kind: 'gzip' }))).toMatchInlineSnapshot(
      `"sha256:e11f33ee7ec406cbf3fcd8fd932e329c63716fb1e190df9297a4020b3fee2726"`,
    );
  });

  test('zstd level 3', async () => {
    expect(digestOf(await packed(large, { kind: 'zstd' }))).toMatchInlineSnapshot(
      `"sha256:c8dedefc6b993aa1472fd18a30ea7828f1232a6a455efa5767e16908bdd8609c"`,
    );
  });
});

describe.each<Compression>([
  { kind: 'gzip' },
  { kind: 'gzip', level: 1 },
  { kind: 'zstd' },
  { kind: 'none' },
])('$kind $level', (compression) => {
  test('the same bytes with one core, two and five, and for any chunks', async () => {
    const reference = digestOf(await packed(large, compression, 1));
    for (const cores of [1, 2, 5]) expect(digestOf(await packed(large, compression, cores))).toBe(reference);
    for (const chunk of [1000, memberSize - 1, memberSize, memberSize + 1, large.length]) {
      expect(digestOf(await packed(large, compression, 2, chunk))).toBe(reference);
    }
  });

  test('the same bytes again for small inputs and any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 4000 }),
        async (bytes, chunk) => {
          const whole = await packed(bytes, compression);
          expect(await packed(bytes, compression, 3, chunk)).toEqual(whole);
          expect([...(await collect(decompress(inChunks(whole, chunk))))]).toEqual([...bytes]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([0, 1, memberSize - 1, memberSize, memberSize + 1, 2 * memberSize])(
    '%d bytes come back',
    async (size) => {
      const bytes = large.subarray(0, size);
      expect((await collect(decompress(inChunks(await packed(bytes, compression))))).equals(bytes)).toBe(
        true,
      );
    },
  );

  test('a failing source fails the stream with its own error', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield large;
      throw new Error('the source broke');
    };
    expect(await failure(collect(compress(failing(), compression)))).toMatchObject({
      message: 'the source broke',
    });
  });
});

test('other tools unpack it: gzip and zlib, all members', async () => {
  const bytes = await packed(large, { kind: 'gzip' });
  expect(execFileSync('gzip', ['-dc'], { input: bytes, maxBuffer: 2 ** 26 }).equals(large)).toBe(true);
  expect(gunzipSync(bytes).equals(large)).toBe(true);
  expect(zstdDecompressSync(await packed(large, { kind: 'zstd' })).equals(large)).toBe(true);
});

test('a gzip member has no time, no name and the same header everywhere', async () => {
  expect((await packed(Buffer.from('x'), { kind: 'gzip' })).subarray(0, 10).toString('hex')).toBe(
    '1f8b08000000000000ff',
  );
});

test('a small input is the same bytes from this thread and from another', async () => {
  await stopThreads();
  const here = await packed(Buffer.from('small'), { kind: 'gzip' });
  prewarm(1);
  expect(await packed(Buffer.from('small'), { kind: 'gzip' })).toEqual(here);
});

test('a higher level gives a smaller result, up to the highest', async () => {
  const sizes = await Promise.all(
    [1, 6, 12].map(
      async (level) => (await packed(large.subarray(0, 200_000), { kind: 'gzip', level })).length,
    ),
  );
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  expect(new Set(sizes).size).toBe(3);
});

test.each<Compression>([
  { kind: 'gzip', level: 0 },
  { kind: 'gzip', level: 13 },
  { kind: 'gzip', level: 1.5 },
  { kind: 'gzip', level: Number.NaN },
  { kind: 'zstd', level: 20 },
  { kind: 'zstd', level: -1 },
  { kind: 'none', level: 1 },
])('$kind has no level $level', (compression) => {
  expect(() => levelOf(compression)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  expect(() => compress(inChunks(large), compression)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});

test('only a few blocks are under way at once, however slowly they are taken', async () => {
  let given = 0;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 40; i++) {
      given++;
      yield large.subarray(0, memberSize);
    }
  };
  let taken = 0;
  for await (const member of compress(source(), { kind: 'gzip', level: 1 }, { cores: 2 })) {
    expect(member.length).toBeGreaterThan(0);
    taken++;
    expect(given - taken).toBeLessThanOrEqual(2 + 3);
  }
  expect(taken).toBe(40);
});

test('a stream that is left early lets go of its source, and others go on', async () => {
  let closed = false;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield large;
    } finally {
      closed = true;
    }
  };
  for await (const chunk of compress(endless(), { kind: 'gzip' }, { cores: 2 })) if (chunk.length > 0) break;
  expect(closed).toBe(true);
  expect(gunzipSync(await packed(large, { kind: 'gzip' }, 2)).equals(large)).toBe(true);
});

test('many streams share the threads', async () => {
  const streams = Array.from({ length: 6 }, async () => packed(large, { kind: 'gzip' }, 2));
  const [first, ...others] = (await Promise.all(streams)).map((bytes) => digestOf(bytes));
  expect(others).toEqual(others.map(() => first));
});

test('threads that are ended fail the stream clearly, and the next one starts new ones', async () => {
  const stream = compress(inChunks(large, memberSize), { kind: 'gzip', level: 12 }, { cores: 2 })[
    Symbol.asyncIterator
  ]();
  const first = stream.next();
  const ended = failure(
    (async () => {
      await first;
      while (!(await stream.next()).done);
    })(),
  );
  await new Promise((resolve) => setImmediate(resolve));
  await stopThreads();
  expect(await ended).toMatchObject({ code: 'INTERNAL' });
  expect(gunzipSync(await packed(large, { kind: 'gzip' }, 2)).equals(large)).toBe(true);
});
