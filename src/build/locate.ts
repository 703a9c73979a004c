import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { findProject } from '../golang/project.ts';
import { lockFileOf } from './lock.ts';
import type { LockOptions } from './lock.ts';
import { composedWanted } from './base-lock.ts';
import { baseWanted } from './registries.ts';
import type { BuildRequest } from './types.ts';

/** Where a local target's module is, what of it is built, and how it is locked: the same for `build` and `lock`. */
export interface Located {
  /** The module's directory. */
  readonly root: string;
  /** Patterns of the go command, relative to the target's directory. */
  readonly wanted: readonly string[];
  readonly lock: LockOptions & { readonly file: string };
}

/** @throws ToolError NO_GO_MOD, CONFIG_INVALID */
export async function locate(
  ctx: Ctx,
  request: BuildRequest,
  directory: string,
  patterns: readonly string[],
): Promise<Located> {
  const wanted =
    request.main.length > 0 && patterns.length === 1 && patterns[0] === '.' ? request.main : patterns;
  const [only] = wanted;
  const start =
    wanted.length === 1 && only !== undefined && isPlain(only) ? path.resolve(directory, only) : directory;
  const project = await findProject(ctx, start);
  return {
    root: project.root,
    wanted,
    lock: {
      file: lockFileOf(request.lock.file, project.root),
      frozen: request.lock.frozen,
      wanted: {
        ...project.wanted,
        ...(request.go.version === undefined ? {} : { named: request.go.version }),
      },
      ...baseWanted(ctx, request),
      ...composedWanted(ctx, request),
    },
  };
}

/** True for a pattern that names one directory. */
export function isPlain(pattern: string): boolean {
  return (pattern.startsWith('.') || path.isAbsolute(pattern)) && !pattern.includes('...');
}
