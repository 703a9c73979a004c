import { chmod, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { mediaTypes } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Verdict } from '../../src/store/verify.ts';
import { testCtx } from '../support/ctx.ts';
import { putImage, putText } from './images.ts';

async function complaints(store: Store): Promise<Verdict[]> {
  const found: Verdict[] = [];
  for await (const verdict of store.verify()) if (!verdict.ok) found.push(verdict);
  return found;
}

it('is content with a sound store, and with an index of which one image was pulled', async () => {
  const store = await openStore(testCtx());
  const image = await putImage(store.blobs, '1');
  const absent = { ...image.descriptor, digest: `sha256:${'0'.repeat(64)}` as const };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [image.descriptor, absent] };
  await store.refs.set('index', await putText(store.blobs, JSON.stringify(index), mediaTypes.ociIndex));
  expect(await complaints(store)).toEqual([]);
});

it('finds a damaged blob, sets it aside, and then misses it', async () => {
  const store = await openStore(testCtx());
  const image = await putImage(store.blobs, '1');
  await store.refs.set('one', image.descriptor);
  const layer = image.digests[2] ?? image.descriptor.digest;
  await chmod(store.blobs.path(layer), 0o644);
  await writeFile(store.blobs.path(layer), 'laXer 1');
  expect(await complaints(store)).toEqual([
    { digest: layer, ok: false, why: 'corrupt' },
    { digest: layer, ok: false, why: 'missing' },
  ]);
  expect(await readdir(path.join(store.root, 'quarantine'))).toHaveLength(1);
  expect(await complaints(store)).toEqual([{ digest: layer, ok: false, why: 'missing' }]);
});
