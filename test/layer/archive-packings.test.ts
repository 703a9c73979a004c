import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { ToolError } from '../../src/core/errors.ts';
import { decompress } from '../../src/layer/decompress.ts';
import { findProgram } from '../components/program.ts';
import { collect, failure, inChunks, sample } from './support.ts';

const pack = (program: string, bytes: Uint8Array, ...args: string[]): Buffer =>
  execFileSync(program, ['-c', ...args], { input: bytes, maxBuffer: 1024 ** 3 });
const unpack = async (bytes: Uint8Array, chunk?: number): Promise<Buffer> =>
  collect(decompress(inChunks(bytes, chunk), { anyArchive: true }));

const samples: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['text', sample(50_000)],
  ['noise', randomBytes(950_000)],
  ['zeros', Buffer.alloc(1_500_000)],
  ['runs of all lengths', Buffer.concat(Array.from({ length: 600 }, (_, n) => Buffer.alloc(n, n % 7)))],
  ['all bytes', Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256))],
];

describe.each([
  ['bzip2', ['-1']],
  ['bzip2', ['-9']],
  ['xz', ['-0']],
  ['xz', ['-6', '--check=crc32']],
  ['xz', ['-1', '--check=none']],
])('%s %j', (program, args) => {
  test.skipIf(findProgram(program) === undefined).each(samples)(
    '%s comes out as it went in',
    async (_, bytes) => {
      const packed = pack(program, bytes, ...args);
      expect((await unpack(packed)).equals(bytes)).toBe(true);
      expect((await unpack(packed, 997)).equals(bytes)).toBe(true);
    },
  );

  test.skipIf(findProgram(program) === undefined)('several streams are one', async () => {
    const packed = Buffer.concat(['one', 'two', ''].map((text) => pack(program, Buffer.from(text), ...args)));
    expect((await unpack(packed)).toString()).toBe('onetwo');
  });

  test.skipIf(findProgram(program) === undefined)(
    'what is cut off or followed by something else is refused',
    async () => {
      const packed = pack(program, sample(20_000), ...args);
      for (const bytes of [
        packed.subarray(0, packed.length - 3),
        packed.subarray(0, 1000),
        Buffer.concat([packed, Buffer.from('junk')]),
      ]) {
        const error = await failure(unpack(bytes));
        expect(error instanceof ToolError && error.code).toBe('IMAGE_INVALID');
      }
    },
  );

  test.skipIf(findProgram(program) === undefined)(
    'a flipped bit is an error or harmless, never other bytes',
    async () => {
      const bytes = sample(20_000);
      const packed = pack(program, bytes, ...args);
      if (args.includes('--check=none')) return;
      await fc.assert(
        fc.asyncProperty(fc.nat(packed.length - 1), fc.nat(7), async (at, bit) => {
          const bad = Buffer.from(packed);
          bad[at] = (bad[at] ?? 0) ^ (1 << bit);
          const result = await unpack(bad).catch((error: unknown) => error);
          if (result instanceof Buffer) expect(result.equals(bytes) || at < 6).toBe(true);
          else expect(result).toBeInstanceOf(ToolError);
        }),
        { numRuns: 60 },
      );
    },
  );
});

test.skipIf(findProgram('xz') === undefined)('xz filters that are not known are named as such', async () => {
  const error = await failure(unpack(pack('xz', sample(50_000), '--x86', '--lzma2')));
  expect(error instanceof ToolError && error.code).toBe('UNSUPPORTED');
});

test.skipIf(findProgram('xz') === undefined)(
  'a reader that stops early does not hold up the next one',
  async () => {
    const packed = pack('xz', randomBytes(2_000_000), '-0');
    for await (const _ of decompress(inChunks(packed), { anyArchive: true })) break;
    expect(await unpack(packed)).toHaveLength(2_000_000);
  },
);

test.skipIf(findProgram('bzip2') === undefined)('layers are still not packed so', async () => {
  const error = await failure(collect(decompress(inChunks(pack('bzip2', Buffer.from('x'))))));
  expect(error instanceof ToolError && error.code).toBe('UNSUPPORTED');
});
