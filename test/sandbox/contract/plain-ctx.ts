import { makeCtx } from '../../../src/core/make-ctx.ts';
import type { Ctx } from '../../../src/core/ctx.ts';

/** A Ctx outside of any test. */
export function testCtxWithoutTest(): Ctx {
  return makeCtx(process.env, '/', new AbortController().signal, () => undefined);
}
