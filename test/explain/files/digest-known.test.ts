import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { digestOfUnchanged, digestRecorder } from '../../../src/explain/files/digest-known.ts';
import { markAfter } from '../../../src/golang/inputs-recorder.ts';
import { openStore } from '../../../src/store/store.ts';
import { testCtx } from '../../support/ctx.ts';

async function withFile() {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const file = path.join(ctx.home, 'program');
  await fs.writeFile(file, 'one');
  return { ctx, store, file };
}

test('a file that was read is known until it is written', async () => {
  const { ctx, store, file } = await withFile();
  await markAfter(ctx);
  const remember = await digestRecorder(ctx, store, file);
  await remember('d1');
  expect(await digestOfUnchanged(store, file)).toBe('d1');
  const { mtime } = await fs.stat(file);
  await sleep(15);
  await fs.writeFile(file, 'two');
  await fs.utimes(file, mtime, mtime);
  expect(await digestOfUnchanged(store, file)).toBeUndefined();
});

test('a file that is written while it is read is not remembered', async () => {
  const { ctx, store, file } = await withFile();
  await markAfter(ctx);
  const remember = await digestRecorder(ctx, store, file);
  await fs.writeFile(file, 'other');
  await remember('d1');
  expect(await digestOfUnchanged(store, file)).toBeUndefined();
});

test('of a file that was never read, or is not there, nothing is known', async () => {
  const { ctx, store, file } = await withFile();
  expect(await digestOfUnchanged(store, file)).toBeUndefined();
  expect(await digestOfUnchanged(store, path.join(ctx.home, 'nothing'))).toBeUndefined();
});
