import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ledgerThreads } from '../../../src/explain/files/ledger-thread.ts';
import type { LedgerThreads } from '../../../src/explain/files/ledger-thread.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { elfFile } from '../images.ts';

const { directory, remove } = sharedTempDir();
afterAll(remove);
const bytes = elfFile({ debug: 0, symbols: 0 });
const file = path.join(directory, 'program');
writeFileSync(file, bytes);
const job = { name: 'program', part: { file, offset: 0, size: bytes.length } };
const lost = { name: 'lost', part: { file: path.join(directory, 'lost'), offset: 0, size: 9 } };

async function withThread(
  work: (threads: LedgerThreads, interrupt: (why: Error) => void) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const threads = ledgerThreads(1, controller.signal);
  try {
    await work(threads, (why) => controller.abort(why));
  } finally {
    await threads.close();
  }
}

test('a program that cannot be read in a thread is left to this one, and the thread reads the next', async () => {
  await withThread(async ({ read }) => {
    expect(await read(lost)).toBeUndefined();
    expect((await read(job))?.kept.rest.size).toBe(bytes.length);
  });
});

test('a thread that is busy takes nothing more', async () => {
  await withThread(async ({ read }) => {
    const [first, second] = await Promise.all([read(job), read(job)]);
    expect([first?.digest === undefined, second]).toEqual([false, undefined]);
  });
});

test('a thread that ends while it reads leaves the program to this one', async () => {
  await withThread(async ({ read, close }) => {
    const reading = read(job);
    await close();
    expect(await reading).toBeUndefined();
  });
});

test('who interrupts does not wait for the thread, and no job is begun after it', async () => {
  await withThread(async ({ read }, interrupt) => {
    const reading = read(job);
    interrupt(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await expect(read(job)).rejects.toThrow('enough');
  });
});
