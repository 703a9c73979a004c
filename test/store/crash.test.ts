import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import { putImage } from './images.ts';

const worker = path.join(import.meta.dirname, 'crash-worker.ts');

function start(home: string, seed: number): ChildProcess {
  const child = spawn(process.execPath, [worker, home, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function complaints(store: Store): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const verdict of store.verify()) if (!verdict.ok) found.push(verdict);
  return found;
}

it('kill -9 of ten processes that share a store, twenty times, leaves nothing that verify dislikes', async () => {
  const ctx = testCtx();
  const children = Array.from({ length: 10 }, (_, seed) => start(ctx.home, seed));
  await Promise.all(children.map(async ({ stdout }) => stdout && once(stdout, 'data')));
  const store = await openStore(ctx);
  for (let kill = 0; kill < 20; kill++) {
    await sleep(Math.random() * 60);
    const victim = children.shift();
    victim?.kill('SIGKILL');
    if (victim) await once(victim, 'close');
    // Half of them are replaced, so that the new ones meet what the dead left.
    if (kill < 10) children.push(start(ctx.home, kill));
  }
  expect(children).toHaveLength(0);
  expect(await complaints(store)).toEqual([]);
  expect((await store.usage()).blobs.count).toBeGreaterThan(0);
  // And the next command works, and prune takes what the dead left.
  await putImage(store.blobs, 'after');
  await store.prune({ all: true });
  expect(await readdir(path.join(store.root, 'tmp'))).toEqual([]);
  expect(await complaints(store)).toEqual([]);
});
