import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const anyText: unknown = expect.any(String);
const namesHome: unknown = expect.stringContaining('CORACLE_HOME');
const root = process.getuid?.() === 0;

async function* zeros(chunks: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) yield new Uint8Array(64 * 1024);
}

/** A file system of 1 MiB, if this machine lets us. */
function tinyDisk(): string | undefined {
  const directory = tempDir();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', directory]);
  if (mounted.status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', ['-l', directory]));
  return directory;
}

it.skipIf(!root)(
  'a full disk is DISK_FULL, keeps nothing half-written, and what was there stays',
  async ({ skip }) => {
    const home = tinyDisk() ?? skip('this machine does not let root mount a tmpfs');
    const store = await openStore(testCtx({ home }));
    const kept = { mediaType: 'x/y', ...(await store.blobs.put(new TextEncoder().encode('kept'))) };
    await expect(store.blobs.put(zeros(100))).rejects.toMatchObject({
      code: 'DISK_FULL',
      hint: anyText,
    });
    await expect(store.cache.set('a', 'b', 'x'.repeat(3_000_000))).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    await expect(store.refs.set('x'.repeat(2_000_000), kept)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await readdir(path.join(home, 'store', 'tmp'))).toEqual([]);
    expect(Buffer.from(await store.blobs.read(kept)).toString()).toBe('kept');
    expect(await store.usage()).toMatchObject({ blobs: { count: 1 }, records: { count: 0 }, names: 0 });
    await expect(store.blobs.put(zeros(2))).resolves.toMatchObject({ size: 128 * 1024 });
  },
);

it.skipIf(root)('a home without write permission is STORE_UNWRITABLE, and still read', async () => {
  const home = tempDir();
  const first = await openStore(testCtx({ home }));
  const kept = { mediaType: 'x/y', ...(await first.blobs.put(new TextEncoder().encode('kept'))) };
  for (const folder of ['store/tmp', 'store/leases', 'store']) await chmod(path.join(home, folder), 0o555);
  onTestFinished(async () => {
    for (const folder of ['store', 'store/tmp', 'store/leases']) await chmod(path.join(home, folder), 0o755);
  });
  const store = await openStore(testCtx({ home }));
  await expect(store.blobs.put(zeros(1))).rejects.toMatchObject({
    code: 'STORE_UNWRITABLE',
    hint: namesHome,
  });
  await expect(store.cache.set('a', 'b', 1)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  await expect(store.refs.set('a', kept)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  expect(Buffer.from(await store.blobs.read(kept)).toString()).toBe('kept');
});

it('a home where a file stands in the way is STORE_UNWRITABLE', async () => {
  const home = path.join(tempDir(), 'home');
  await writeFile(home, '');
  const store = await openStore(testCtx({ home }));
  await expect(store.blobs.put(zeros(1))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  await expect(store.cache.set('a', 'b', 1)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  expect(await store.refs.list()).toEqual([]);
  expect(await store.cache.get('a', 'b')).toBeUndefined();
});

it('a directory where a blob should be is an error, not an endless wait', async () => {
  const store = await openStore(testCtx());
  const { digest, size } = await store.blobs.put(zeros(1));
  await store.blobs.remove(digest);
  await mkdir(store.blobs.path(digest));
  await expect(store.blobs.read({ mediaType: 'x/y', digest, size })).rejects.toBeInstanceOf(Error);
});
