import { isToolError } from '../../../src/core/errors.ts';
import type { ToolError } from '../../../src/core/errors.ts';

/** The ToolError that `work` fails with; a test fails when it does not, or with anything else. */
export async function failure(work: Promise<unknown>): Promise<ToolError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isToolError(error)) throw new Error(`expected a ToolError, not ${String(error)}`, { cause: error });
  return error;
}
