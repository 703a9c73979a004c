import { spawn } from 'node:child_process';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { holdCache, type Sharing } from '../../../src/solve/exec/cache-slots.ts';
import { testCtx } from '../../support/ctx.ts';

const nothing = async (): Promise<void> => undefined;

/** Another process that takes the cache; `line` gives what it prints next. */
function other(home: string, cache: string, sharing: Sharing) {
  const worker = path.join(import.meta.dirname, 'cache-worker.ts');
  const child = spawn(process.execPath, [worker, home, cache, sharing], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.on('close', resolve));
  return {
    line: async (): Promise<string> => String((await lines.next()).value),
    release: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('shared: two processes have the same directory at the same time', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  const first = await holdCache(ctx, cache, 'shared', nothing);
  const second = other(ctx.home, cache, 'shared');
  expect(await second.line()).toBe(first.directory);
  await first.release();
  // The other still shares it.
  const third = await holdCache(ctx, cache, 'private', nothing);
  expect(third.directory).not.toBe(first.directory);
});

test('private: each of two processes has its own, and what was released is used again', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  const first = await holdCache(ctx, cache, 'private', nothing);
  const second = other(ctx.home, cache, 'private');
  expect([first.directory, await second.line()].map((name) => path.basename(name))).toEqual(['0', '1']);
  await first.release();
  expect((await holdCache(ctx, cache, 'private', nothing)).directory).toBe(first.directory);
});

test('locked: the second process waits until the first is done', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  const first = await holdCache(ctx, cache, 'locked', nothing);
  const second = other(ctx.home, cache, 'locked');
  expect(await second.line()).toBe('waiting');
  await first.release();
  expect(await second.line()).toBe(first.directory);
});

test('locked is waited for only as long as the command runs', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  await holdCache(ctx, cache, 'locked', nothing);
  const second = holdCache(ctx, cache, 'locked', nothing, () => ctx.abort());
  await expect(second).rejects.toMatchObject({ name: 'AbortError' });
});

test('a process that was killed holds nothing', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  const first = other(ctx.home, cache, 'locked');
  const directory = await first.line();
  await first.kill();
  expect((await holdCache(ctx, cache, 'locked', nothing)).directory).toBe(directory);
});

test('a new directory appears when it is filled, and one that could not be filled never does', async () => {
  const ctx = testCtx();
  const cache = path.join(ctx.home, 'cache');
  const broken = holdCache(ctx, cache, 'shared', async (directory) => {
    await fs.writeFile(path.join(directory, 'half'), '');
    throw new Error('the copy failed');
  });
  await expect(broken).rejects.toThrow('the copy failed');
  const held = await holdCache(ctx, cache, 'shared', async (directory) =>
    fs.writeFile(path.join(directory, 'whole'), ''),
  );
  expect(await fs.readdir(held.directory)).toEqual(['whole']);
});
