import type { Ctx } from '../core/ctx.ts';
import { ToolError, messageOf } from '../core/errors.ts';

/** What one check of doctor found. */
export interface Finding {
  readonly name: string;
  /** `missing` is something that only some work needs; `problem` stands in the way of building. */
  readonly state: 'ok' | 'missing' | 'problem';
  /** What was found. */
  readonly says: string;
  /** What to do for more. */
  readonly hint?: string;
}

/** One question, answered by trying. A check that throws has found a problem. */
export interface Check {
  readonly name: string;
  run(ctx: Ctx): Promise<Omit<Finding, 'name'>>;
}

/** Runs a check so that it always ends with a finding. Only an interrupt goes through. */
export async function runCheck(ctx: Ctx, check: Check): Promise<Finding> {
  try {
    return { name: check.name, ...(await check.run(ctx)) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    const hint = error instanceof ToolError ? error.hint : undefined;
    return {
      name: check.name,
      state: 'problem',
      says: messageOf(error),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}
