import { expect, test } from 'vitest';
import { labelled, warningOnce } from '../../src/compare/events.ts';
import { testCtx } from '../support/ctx.ts';

test('steps of two methods are two, and what both warn of is said once', () => {
  const ctx = testCtx();
  const once = warningOnce(ctx);
  for (const method of ['scratch', 'distro']) {
    const its = labelled(once, method);
    its.emit({ kind: 'step', id: 'solve-1', name: 'COPY . .', state: 'started', at: 0 });
    its.emit({ kind: 'log', id: 'solve-1', stream: 'stderr', text: 'x\n' });
    its.emit({ kind: 'warning', message: 'no network of its own' });
  }
  expect(ctx.events.map((event) => ('name' in event ? event.name : event.kind))).toEqual([
    ...['scratch: COPY . .', 'log', 'warning', 'distro: COPY . .', 'log'],
  ]);
  expect(new Set(ctx.events.flatMap((event) => ('id' in event ? [event.id] : []))).size).toBe(2);
});
