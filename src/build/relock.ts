import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { locate } from './locate.ts';
import { keepLock, planLock } from './lock.ts';
import { readTarget } from './target.ts';
import type { BuildRequest } from './types.ts';

export interface Relocked {
  /** Absolute. */
  readonly file: string;
  /** `go: 1.26.7 -> 1.26.8`; empty when nothing would change. */
  readonly changes: readonly string[];
  readonly written: boolean;
}

/**
 * Brings a project's lock up to date without building: what is missing is pinned; with `update` everything is pinned anew. `dryRun`
 * only tells.
 * @throws ToolError as planLock; UNSUPPORTED for a module@version, which has no lock
 */
export async function relock(
  ctx: Ctx,
  request: BuildRequest,
  options: { update: boolean; dryRun: boolean },
): Promise<Relocked> {
  const target = await readTarget(request.what, ctx.cwd);
  if (target.kind === 'module') {
    throw new ToolError('UNSUPPORTED', `${request.what} has no lock: its version is its pin`, {
      hint: 'Run coracle lock in a project.',
    });
  }
  const { lock } = await locate(ctx, request, target.directory, target.patterns);
  const plan = await planLock(ctx, { ...lock, update: options.update });
  const written = !options.dryRun && plan.changes.length > 0;
  if (written) await keepLock(ctx, lock.file, plan);
  return { file: lock.file, changes: plan.changes, written };
}
