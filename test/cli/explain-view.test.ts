import { expect, test } from 'vitest';
import { viewEarly } from '../../src/cli/explain-view.ts';
import type { Explanation } from '../../src/explain/types.ts';
import { testCtx } from '../support/ctx.ts';
import { imageExplanation } from '../view/explanations.ts';

const early = imageExplanation();
const explanation = { ...imageExplanation(), source: 'with programs' };

/** Until a work is ended by its signal. */
async function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')));
  });
}

test('the view opens with what is known early, and gets the whole when that comes', async () => {
  const seen: (Explanation | undefined)[] = [];
  const reading = Promise.withResolvers<void>();
  const { code, whole } = await viewEarly(
    testCtx(),
    async (first, more) => {
      seen.push(first);
      reading.resolve();
      seen.push(await more);
      return 0;
    },
    async (_, tell) => {
      tell(early);
      await reading.promise;
      return { explanation };
    },
  );
  expect(seen).toEqual([early, explanation]);
  expect([code, whole?.explanation]).toEqual([0, explanation]);
});

test('what has no programs is viewed when it is known', async () => {
  const seen: unknown[] = [];
  await viewEarly(
    testCtx(),
    async (first, more) => {
      seen.push(first, more);
      return 0;
    },
    async () => ({ explanation }),
  );
  expect(seen).toEqual([explanation, undefined]);
});

test('whoever leaves before programs are read ends the reading', async () => {
  const left = await viewEarly(
    testCtx(),
    async () => 130,
    async (inner, tell) => {
      tell(early);
      return interrupted(inner.signal);
    },
  );
  expect(left).toEqual({ code: 130, whole: undefined });
});

test('what fails while the view is open is the error once it is closed', async () => {
  const failed = viewEarly(
    testCtx(),
    async (_, more) => more?.then(() => 1).catch(() => 0) ?? 2,
    async (_, tell) => {
      tell(early);
      await Promise.resolve();
      throw new Error('the registry is gone');
    },
  );
  await expect(failed).rejects.toThrow('the registry is gone');
});

test('what fails before anything is known opens no view', async () => {
  let opened = false;
  const failed = viewEarly(
    testCtx(),
    async () => {
      opened = true;
      return 0;
    },
    async () => {
      throw new Error('no such image');
    },
  );
  await expect(failed).rejects.toThrow('no such image');
  expect(opened).toBe(false);
});

test('while the view has the terminal nothing is written over it; warnings come afterwards', async () => {
  const ctx = testCtx();
  const reading = Promise.withResolvers<void>();
  const before: string[] = [];
  await viewEarly(
    ctx,
    async (_, more) => {
      reading.resolve();
      await more;
      before.push(...ctx.events.map(({ kind }) => kind));
      return 0;
    },
    async (inner, tell) => {
      tell(early);
      await reading.promise;
      inner.emit({ kind: 'progress', id: 'a', done: 1, unit: 'bytes' });
      inner.emit({ kind: 'warning', message: 'odd' });
      return { explanation };
    },
  );
  expect(before).toEqual([]);
  expect(ctx.events).toEqual([{ kind: 'warning', message: 'odd' }]);
});
