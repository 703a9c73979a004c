/** When a program took the place of Node, told from the name of its process. */
import { expect, onTestFinished, test } from 'vitest';
import { executedAt } from '../../../src/compare/measure/start/executed.ts';
import { start } from '../../../src/core/exec.ts';

/** A process that is Node for a while, then something else by execve. */
function started(script: string): number {
  const child = start({
    argv: [process.execPath, '--no-warnings', '-e', script],
    env: process.env,
    streams: ['ignore', 'ignore', 'ignore'],
    detached: false,
  });
  onTestFinished(() => child.kill('SIGKILL'));
  return child.pid ?? 0;
}

const forked = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

test('the last moment before the program is later than the call, and not later than now', async () => {
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)';
  const pid = started(`${wait}; process.execve('/bin/sleep', ['sleep', '9'], {})`);
  await forked();
  let found = 0n;
  // It may be some time until it is executed: each look is a short one.
  const began = process.hrtime.bigint();
  while (found === 0n && process.hrtime.bigint() - began < 20_000_000_000n) {
    const at = process.hrtime.bigint();
    const seen = executedAt({ pid, at });
    if (seen > at) found = seen;
  }
  expect(found).toBeGreaterThan(began);
  expect(found).toBeLessThanOrEqual(process.hrtime.bigint());
});

test('where it comes too late, or never sees a change, it is the call itself', async () => {
  const late = process.hrtime.bigint();
  expect(executedAt({ pid: 1, at: late })).toBe(late);
  const pid = started('setTimeout(() => 0, 9000)');
  await forked();
  const at = process.hrtime.bigint();
  expect(executedAt({ pid, at })).toBe(at);
});
