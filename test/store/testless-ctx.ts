import type { Ctx } from '../../src/core/ctx.ts';

/** A Ctx for a child process that is no test: it needs a home and a clock. */
export function testlessCtx(home: string): Ctx {
  return {
    signal: new AbortController().signal,
    env: {},
    cwd: home,
    home,
    now: () => new Date(),
    emit: () => undefined,
    exec: async () => Promise.reject(new Error('not here')),
    fetch: async () => Promise.reject(new Error('not here')),
  };
}
