import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { processStart } from '../../src/core/lock.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';

const hour = 3600 * 1000;

/** An unpacked layer that was used last so many hours ago. */
async function unpacked(store: Store, name: string, bytes: number, hours: number): Promise<string> {
  const folder = await store.layers.make(name);
  const fs = path.join(await store.layers.temp(), 'fs');
  await mkdir(path.join(fs, 'deep/er'), { recursive: true });
  await writeFile(path.join(fs, 'deep/er/file'), 'x');
  await writeFile(path.join(folder, 'fs.json'), JSON.stringify({ bytes }));
  await rename(fs, path.join(folder, 'fs'));
  const then = (Date.now() - hours * hour) / 1000;
  await utimes(folder, then, then);
  return folder;
}

it('removes unpacked layers that were not used for long, and counts them', async () => {
  const store = await openStore(testCtx());
  const old = await unpacked(store, 'index-a', 5000, 24 * 8);
  const young = await unpacked(store, 'index-b', 7000, 24 * 6);
  expect((await store.usage()).layers).toEqual({ count: 2, bytes: 12000 + 2 * '{"bytes":5000}'.length });
  const told = await store.prune({ dryRun: true });
  expect(told.removed).toEqual([{ what: 'layer index-a', bytes: 5014 }]);
  expect(existsSync(old)).toBe(true);
  expect((await store.prune()).removed).toContainEqual({ what: 'layer index-a', bytes: 5014 });
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
});

it('keeps the layers used last when only so many bytes may stay', async () => {
  const store = await openStore(testCtx());
  const folders = [
    await unpacked(store, 'index-a', 5000, 2),
    await unpacked(store, 'index-b', 5000, 4),
    await unpacked(store, 'index-c', 5000, 3),
  ];
  await store.prune({ keepBytes: 11_000 });
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, false, true]);
  await store.prune({ all: true });
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false, false]);
  expect(await readdir(path.join(store.root, 'layers'))).toEqual([]);
});

it('spares what a running command uses', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const used = await unpacked(store, 'index-a', 1, 30);
  const unused = await unpacked(store, 'index-b', 1, 30);
  // Another process that holds a lease since half an hour ago, and used one of the two after that.
  const other = spawn('sleep', ['600']);
  onTestFinished(() => void other.kill());
  await once(other, 'spawn');
  const lease = path.join(store.root, 'leases', `${other.pid}-${await processStart(other.pid ?? 0)}`);
  await writeFile(lease, '');
  const began = Date.now() / 1000 - 1800;
  await utimes(lease, began, began);
  await utimes(used, began + 60, began + 60);
  await store.prune({ all: true });
  expect([existsSync(used), existsSync(unused)]).toEqual([true, false]);
});

it('a use is noted once the process works with the layer', async () => {
  const ctx = testCtx();
  const folder = await unpacked(await openStore(ctx), 'index-a', 1, 30);
  const store = await openStore(ctx);
  expect(await store.layers.use('index-a')).toBe(true);
  expect(await store.layers.use('index-none')).toBe(false);
  await store.prune({ olderThan: hour });
  expect(existsSync(folder)).toBe(true);
});

it.runIf(process.getuid?.() === 0)('says what to do about files of other users', async () => {
  const home = testCtx().home;
  const store = await openStore(testCtx({ home }));
  const folder = await unpacked(store, 'index-a', 1, 30);
  const script = `
    import { openStore } from ${JSON.stringify(path.resolve('src/store/store.ts'))};
    import { testlessCtx } from ${JSON.stringify(path.resolve('test/store/testless-ctx.ts'))};
    const store = await openStore(testlessCtx(${JSON.stringify(home)}));
    await store.prune({ all: true }).catch((error) => console.log(error.code, error.hint));`;
  const { execFileSync } = await import('node:child_process');
  execFileSync('chown', ['-R', '65534', home]);
  execFileSync('chown', ['-R', '0', path.join(folder, 'fs/deep')]);
  execFileSync('chmod', ['711', home]);
  const out = execFileSync(
    'setpriv',
    ['--reuid=65534', '--clear-groups', process.execPath, '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
      cwd: '/',
    },
  );
  expect(out).toMatch(/STORE_UNWRITABLE .*coracle doctor/);
});
