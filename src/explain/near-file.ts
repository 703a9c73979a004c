import { promises as fs } from 'node:fs';
import { closest } from '../core/closest.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';

/** What a registry, or the way to it, says of an image that nobody has. */
const notThere = ['NOT_FOUND', 'NETWORK', 'REGISTRY_AUTH', 'REGISTRY_DENIED'] as const;

/** Names that are compared with one that was mistyped. */
const mostNames = 10_000;

/**
 * What failed when a bare name was taken for an image, which may be a mistyped file: says that there is none of that name either, and which
 * one is near.
 * @returns the error itself when it was something else
 */
export async function withNearFile(ctx: Ctx, text: string, error: unknown): Promise<unknown> {
  if (!isToolError(error, ...notThere) || !/^[\w.-]+$/.test(text)) return error;
  const names = await fs.readdir(ctx.cwd).catch(() => []);
  const near = closest(text, names.slice(0, mostNames));
  return new ToolError(
    error.code,
    `neither a file nor a directory here is called ${text}, and as an image it was not found: ${error.message}`,
    {
      ...(near === undefined
        ? error.hint !== undefined && { hint: error.hint }
        : { hint: `Did you mean ./${near}?` }),
      ...(error.detail !== undefined && { detail: error.detail }),
      retryable: error.retryable,
      cause: error,
    },
  );
}
