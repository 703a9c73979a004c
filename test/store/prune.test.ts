import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { processStart } from '../../src/core/lock.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import { putImage, putText } from './images.ts';

const hour = 3600 * 1000;

/** Makes everything in the store look as if it was last used so many hours ago. */
async function age(store: Store, hours: number, ...folders: readonly string[]): Promise<void> {
  const then = (Date.now() - hours * hour) / 1000;
  for (const folder of folders) {
    const directory = path.join(store.root, folder);
    for (const name of await readdir(directory)) await utimes(path.join(directory, name), then, then);
  }
}

async function there(store: Store, digests: readonly Digest[]): Promise<boolean[]> {
  return Promise.all(digests.map(async (digest) => (await store.blobs.has(digest)) !== undefined));
}

const blobs = 'blobs/sha256';

it('keeps what a name reaches, through indexes too, and removes the rest', async () => {
  const store = await openStore(testCtx());
  const [one, two, three] = [
    await putImage(store.blobs, '1'),
    await putImage(store.blobs, '2'),
    await putImage(store.blobs, '3'),
  ];
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [two.descriptor] };
  const outer = await putText(store.blobs, JSON.stringify(index), mediaTypes.ociIndex);
  await store.refs.set('one', one.descriptor);
  await store.refs.set('many', outer);
  await age(store, 2, blobs);
  const told = await store.prune({ dryRun: true });
  expect(told.removed.map((item) => item.what).toSorted()).toEqual(
    three.digests.map((digest) => `blob ${digest}`).toSorted(),
  );
  expect(await there(store, three.digests)).toEqual([true, true, true]);
  await age(store, 2, blobs);
  const done = await store.prune();
  expect(done).toEqual({ removed: expect.arrayContaining(told.removed) as unknown, bytes: told.bytes });
  expect(await there(store, [...one.digests, ...two.digests, outer.digest])).not.toContain(false);
  expect(await there(store, three.digests)).toEqual([false, false, false]);
});

it('spares for an hour what was written or used and has no name yet', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const image = await putImage(store.blobs, '1');
  expect((await store.prune()).removed).toEqual([]);
  await age(store, 2, blobs);
  const other = await openStore(ctx);
  await there(other, image.digests.slice(0, 1));
  expect((await store.prune()).removed).toHaveLength(2);
  expect((await store.prune({ all: true })).removed).toHaveLength(1);
});

it('keeps the blobs of facts that are still in use, and not of old ones', async () => {
  const store = await openStore(testCtx());
  const [young, old] = [await putImage(store.blobs, 'young'), await putImage(store.blobs, 'old')];
  await store.cache.set('build', 'young', { blobs: young.digests });
  await store.cache.set('aged', 'old', { blobs: old.digests });
  await age(store, 3, blobs, 'cache/aged');
  expect((await store.prune()).removed).toEqual([]);
  const { removed } = await store.prune({ olderThan: 2 * hour });
  expect(removed.map((item) => item.what)).toEqual(
    expect.arrayContaining(['record aged/old', ...old.digests.map((digest) => `blob ${digest}`)]),
  );
  expect(removed).toHaveLength(4);
  expect(await there(store, young.digests)).toEqual([true, true, true]);
});

it('drops the facts used least recently until it fits', async () => {
  const store = await openStore(testCtx());
  const records: Digest[] = [];
  for (const [index, name] of ['oldest', 'older', 'newest'].entries()) {
    const { digest } = await store.blobs.put(Buffer.alloc(100_000, name));
    records.push(digest);
    await store.cache.set(name, name, { blobs: [digest] });
    await age(store, 10 - index, `cache/${name}`);
  }
  await age(store, 10, blobs);
  await store.prune({ keepBytes: 250_000 });
  expect(await there(store, records)).toEqual([false, true, true]);
  await age(store, 10, blobs);
  await store.prune({ keepBytes: 0 });
  expect(await there(store, records)).toEqual([false, false, false]);
  expect((await store.usage()).records.count).toBe(0);
});

it('never removes a named image for the sake of size', async () => {
  const store = await openStore(testCtx());
  const image = await putImage(store.blobs, '1');
  await store.refs.set('one', image.descriptor);
  await age(store, 10, blobs);
  await store.prune({ keepBytes: 0, all: true });
  expect(await there(store, image.digests)).toEqual([true, true, true]);
});

it('sweeps what dead processes left, and leaves living ones alone', async () => {
  const store = await openStore(testCtx());
  const directory = path.join(store.root, 'tmp');
  await mkdir(directory, { recursive: true });
  const alive = `${process.pid}-${await processStart(process.pid)}-aa`;
  for (const name of ['999999999-1-aa', `${process.pid}-1-aa`, 'nonsense', alive])
    await writeFile(path.join(directory, name), 'x');
  await store.prune();
  expect((await readdir(directory)).toSorted()).toHaveLength(4); // written a moment ago
  await age(store, 1, 'tmp');
  await store.prune();
  expect(await readdir(directory)).toEqual([alive]);
});

it('spares what a running command uses, even with all', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const { digest } = await store.blobs.put(new TextEncoder().encode('in use'));
  await age(store, 2, blobs);
  const script = `
    const { openStore } = await import(process.argv[1]);
    const store = await openStore({ home: process.argv[2], now: () => new Date() });
    await store.blobs.has(process.argv[3]);
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const url = new URL('../../src/store/store.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url, ctx.home, digest], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect((await store.prune({ all: true })).removed).toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect((await store.prune({ all: true })).removed.map((item) => item.what)).toContain(`blob ${digest}`);
});

it('says what is used', async () => {
  const store = await openStore(testCtx());
  const image = await putImage(store.blobs, '1');
  await store.refs.set('one', image.descriptor);
  await store.cache.set('a', 'b', 1);
  expect(await store.usage()).toMatchObject({
    names: 1,
    blobs: { count: 3 },
    records: { count: 1 },
    damaged: { count: 0 },
    temporary: { count: 0 },
  });
});

it('removes cache mounts and trees of failed steps that nothing used for long, and tells their bytes', async () => {
  const store = await openStore(testCtx());
  const old = ['cache-mounts/shared/aa', 'failed/bb'];
  const fresh = 'cache-mounts/shared/cc';
  for (const folder of [...old, fresh]) {
    await mkdir(path.join(store.root, folder, '0'), { recursive: true });
    await writeFile(path.join(store.root, folder, '0', 'file'), 'x'.repeat(1000));
    await writeFile(path.join(store.root, folder, 'record.json'), '{}');
  }
  const then = (Date.now() - 30 * 24 * hour) / 1000;
  for (const folder of old)
    for (const name of ['record.json', '']) await utimes(path.join(store.root, folder, name), then, then);
  expect((await store.usage()).left).toEqual({ count: 3, bytes: 3006 });
  const pruned = await store.prune();
  expect(pruned.removed.map(({ what, bytes }) => `${what} ${bytes}`).toSorted()).toEqual([
    'cache mount aa 1002',
    'failed step bb 1002',
  ]);
  expect(await readdir(path.join(store.root, 'cache-mounts/shared'))).toEqual(['cc']);
  expect(await readdir(path.join(store.root, 'failed'))).toEqual([]);
});
