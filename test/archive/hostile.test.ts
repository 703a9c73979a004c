import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { dockerTar, openDockerArchive } from '../../src/archive/docker.ts';
import { openLayout } from '../../src/archive/layout.ts';
import { isToolError } from '../../src/core/errors.ts';
import { isIndex } from '../../src/oci/image.ts';
import type { BlobSource } from '../../src/oci/image.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { openTarget } from '../../src/oci/view.ts';
import { memorySource } from '../oci/memory-source.ts';
import { tempDir } from '../support/ctx.ts';
import { collect, realImage } from './images.ts';

async function readAll(source: BlobSource, descriptor: Descriptor): Promise<void> {
  const target = await openTarget(source, descriptor);
  if (isIndex(target)) throw new Error('an index');
  for (const layer of await target.layers()) await collect(layer.open());
}

/** Undefined when everything was read; the error's code when it was refused. Anything else is thrown. */
async function judge(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isToolError(error)) return error.code;
    throw error;
  }
}

it('an archive with any bytes changed or cut off is read right or refused plainly', async () => {
  const source = memorySource();
  const image = await realImage(source, { plain: true });
  const good = await collect(
    dockerTar([{ descriptor: image.descriptor, source, names: ['docker.io/library/a:1'] }]),
  );
  const location = path.join(tempDir(), 'image.tar');
  const change = fc.record({ at: fc.nat({ max: good.length - 1 }), byte: fc.nat({ max: 255 }) });
  // Headers and JSON lie in the first blocks; later ones are mostly content.
  const early = fc.record({ at: fc.nat({ max: 6 * 512 }), byte: fc.nat({ max: 255 }) });
  const cuts = fc.oneof(fc.constant(good.length), fc.nat({ max: good.length }));
  const codes = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(change, early), { maxLength: 3 }), cuts, async (changes, length) => {
      const bytes = Buffer.from(good.subarray(0, length));
      for (const { at, byte } of changes) bytes[at] = byte;
      await writeFile(location, bytes);
      codes.add(
        await judge(async () => {
          const { source: layout, index } = await openLayout(location);
          for (const entry of index.manifests) await readAll(layout, entry);
        }),
      );
      codes.add(
        await judge(async () => {
          for (const opened of await openDockerArchive(location))
            await readAll(opened.source, opened.descriptor);
        }),
      );
    }),
    { numRuns: 300 },
  );
  expect(codes).toContain(undefined);
  expect(codes).toContain('IMAGE_INVALID');
  expect(codes).not.toContain('INTERNAL');
});
