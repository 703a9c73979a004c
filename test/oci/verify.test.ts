import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { verifyStream } from '../../src/oci/verify.ts';

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

it('passes any chunks of the right bytes on unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (chunks) => {
      const whole = Buffer.concat(chunks);
      const seen: Uint8Array[] = [];
      for await (const chunk of verifyStream(
        stream(chunks),
        { digest: digestOf(whole), size: whole.length },
        'test',
      ))
        seen.push(chunk);
      expect(Buffer.concat(seen).equals(whole)).toBe(true);
    }),
  );
});

it('never gives the whole of a blob that is wrong in any bit, too long or too short', async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.integer({ min: 1, max: 50 }),
      fc.nat(),
      fc.constantFrom('flip', 'cut', 'add'),
      async (good, step, at, how) => {
        const bad =
          how === 'cut'
            ? good.subarray(0, -1)
            : how === 'add'
              ? Buffer.concat([good, Buffer.from('x')])
              : Uint8Array.from(good);
        if (how === 'flip') bad[at % bad.length] = (bad[at % bad.length] ?? 0) ^ (1 << (at % 8));
        const chunks = Array.from({ length: Math.ceil(bad.length / step) }, (_, i) =>
          bad.subarray(i * step, (i + 1) * step),
        );
        let size = 0;
        let caught: unknown;
        try {
          for await (const chunk of verifyStream(
            stream(chunks),
            { digest: digestOf(good), size: good.length },
            'test',
          ))
            size += chunk.length;
        } catch (error) {
          caught = error;
        }
        expect(isToolError(caught, 'BLOB_CORRUPT')).toBe(true);
        expect(size).toBeLessThan(good.length);
      },
    ),
  );
});
