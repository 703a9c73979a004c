import { expect, test } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { askToWait, askedToWait, retry } from '../../src/core/retry.ts';

const broken = (): ToolError => new ToolError('NETWORK', 'broken', { retryable: true });

test('what may help is tried as often as said, then its own error counts', async () => {
  const { signal } = new AbortController();
  const seen: number[] = [];
  const work = async (attempt: number): Promise<string> => {
    seen.push(attempt);
    if (attempt < 3) throw broken();
    return 'done';
  };
  expect(await retry(signal, work, { pause: 1 })).toBe('done');
  expect(seen).toEqual([1, 2, 3]);
  await expect(retry(signal, work, { pause: 1, attempts: 2 })).rejects.toThrow('broken');
});

test('what will not help is not tried again', async () => {
  const { signal } = new AbortController();
  for (const error of [new ToolError('NETWORK', 'for good'), new Error('no ToolError')]) {
    let times = 0;
    await expect(
      retry(signal, async () => {
        times++;
        throw error;
      }),
    ).rejects.toBe(error);
    expect(times).toBe(1);
  }
});

test('a wait that was asked for is kept in place of our own; one that is too long is none', async () => {
  const { signal } = new AbortController();
  let times = 0;
  const asking = (milliseconds: number) => async (): Promise<never> => {
    times++;
    throw askToWait(broken(), milliseconds);
  };
  await expect(retry(signal, asking(0), { pause: 3_600_000, attempts: 3 })).rejects.toThrow('broken');
  expect(times).toBe(3);
  await expect(retry(signal, asking(61_000), { attempts: 3 })).rejects.toThrow('broken');
  expect(times).toBe(4);
  expect(askedToWait(new Error('nothing'))).toBeUndefined();
});

test('an interrupt ends a pause with its own reason', async () => {
  const controller = new AbortController();
  const work = retry(
    controller.signal,
    async () => {
      setImmediate(() => controller.abort(new Error('Ctrl-C')));
      throw broken();
    },
    { pause: 3_600_000 },
  );
  await expect(work).rejects.toThrow('Ctrl-C');
});
