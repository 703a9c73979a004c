import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { findProject } from '../golang/project.ts';
import path from 'node:path';
import { keepLock, lockFileOf, planLock } from './lock.ts';
import { baseWanted } from './registries.ts';
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
  const target = await readTarget(request.what, ctx.cwd, request.frontend);
  if (target.kind === 'module') {
    throw new ToolError('UNSUPPORTED', `${request.what} has no lock: its version is its pin`, {
      hint: 'Run coracle lock in a project.',
    });
  }
  const [main] = request.main;
  const start =
    main === undefined || main.includes('...') ? target.directory : path.resolve(target.directory, main);
  const project = await findProject(ctx, start);
  const file = lockFileOf(request.lock.file, project.root);
  const plan = await planLock(ctx, {
    file,
    frozen: request.lock.frozen,
    update: options.update,
    wanted: { ...project.wanted, ...(request.go.version === undefined ? {} : { named: request.go.version }) },
    ...baseWanted(ctx, request),
  });
  const written = !options.dryRun && plan.changes.length > 0;
  if (written) await keepLock(ctx, file, plan);
  return { file, changes: plan.changes, written };
}
