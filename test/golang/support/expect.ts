import { expect } from 'vitest';
import { ToolError } from '../../../src/core/errors.ts';

/** For toMatchObject: a text with this part. */
export const containing = (part: string): unknown => expect.stringContaining(part);

/** The ToolError that `work` ends with; anything else fails the test. */
export async function failure(work: () => unknown): Promise<ToolError> {
  let ended: unknown;
  try {
    ended = await work();
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`it did not fail, but gave ${JSON.stringify(ended)}`);
}
