import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegistry } from '../../src/registry/client.ts';
import { copyTarget, registrySink, storeSink } from '../../src/registry/transfer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { describeWith } from '../components/program.ts';
import { account, blobFile, blobIsSound, hasRegistry, startRegistry } from '../components/registry.ts';
import type { TestRegistry } from '../components/registry.ts';
import { testCtx } from '../support/ctx.ts';
import { addImage, addIndex, collect, inPieces, memory } from './support/image.ts';

let open: TestRegistry;
let guarded: TestRegistry;

describeWith([hasRegistry], "Debian's docker-registry", () => {
  beforeAll(async () => {
    [open, guarded] = await Promise.all([startRegistry(), startRegistry({ auth: true })]);
  });
  afterAll(async () => {
    await Promise.all([open, guarded].map(async (registry) => registry?.stop()));
  });
  const ref = (name: string, registry = open) => parseReference(`${registry.host}/${name}`);

  test('an image goes there and comes back the same', async () => {
    const ctx = testCtx();
    const registry = createRegistry(ctx);
    const source = memory();
    const image = addImage(source, [200_000, 0, 1]);
    const target = ref('round/trip:v1');
    expect(await registry.head(target)).toBeUndefined();
    const copied = await copyTarget({ source, descriptor: image }, registrySink(registry, target));
    expect(copied).toMatchObject({ copied: 4, present: 0, mounted: 0 });
    expect(await registry.head(target)).toEqual({ mediaType: image.mediaType, digest: image.digest, size: image.size });
    const store = await openStore(ctx);
    await copyTarget({ source: registry.source(target), descriptor: await registry.resolve(target) }, storeSink(store.blobs));
    for (const [digest, bytes] of source.blobs) {
      expect(await store.blobs.has(digest)).toBe(bytes.byteLength);
    }
  });
});
