import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import type { BuildRequest } from './types.ts';
import type { Toolchain } from '../golang/toolchain.ts';
import type { ReadVcs } from '../golang/inputs.ts';
import { compareGoVersions } from '../golang/version.ts';
import type { BaseProvider } from './bases.ts';
import type { Program } from './program.ts';
import { readTarget } from './target.ts';
import { prepareLocal } from './prepare-local.ts';
import type { Store } from '../store/store.ts';
import type { LockPlan } from './lock.ts';
import { openBaseLock } from './base-lock.ts';
import type { BaseLock } from './base-lock.ts';
import { baseProvider } from './bases.ts';
import type { Watch } from './watch.ts';

/** All that is known before the first compile. */
export interface Prepared {
  readonly programs: readonly Program[];
  readonly toolchain: Toolchain;
  readonly bases: BaseProvider;
  readonly baseLock: BaseLock;
  /** What the result should say besides. */
  readonly notes: readonly string[];
}

/** What a kind of target gives. */
export interface Source {
  readonly programs: readonly Program[];
  readonly toolchain: Toolchain;
  readonly lock: LockPlan;
  /** Undefined when nothing is kept. */
  readonly lockFile?: string;
  readonly notes: readonly string[];
}

/** Finds the programs and the pinned inputs of a request. */
export async function prepare(
  ctx: Ctx,
  store: Store,
  request: BuildRequest,
  watch: Watch,
  readVcs: ReadVcs,
): Promise<Prepared> {
  const target = await readTarget(request.what, ctx.cwd);
  if (target.kind === 'local') watch.file(path.join(target.directory, 'Dockerfile'));
  const source =
    target.kind === 'module'
      ? await (await import('./prepare-module.ts')).prepareModule(ctx, request, target.query, watch)
      : await prepareLocal(ctx, request, target.directory, target.patterns, watch, readVcs);
  const { lockFile: file } = source;
  const frozen = request.lock.frozen && file !== undefined;
  const baseLock = openBaseLock(ctx, source.lock, { ...(file !== undefined && { file }), frozen });
  return {
    programs: source.programs,
    toolchain: source.toolchain,
    baseLock,
    bases: baseProvider({ ctx, store, request, plan: source.lock, lock: baseLock }),
    notes: [...source.notes, ...limitNotes(source.toolchain.version)],
  };
}

/** Go reads a container's CPU limit by itself since 1.25 (its release notes, "Container-aware GOMAXPROCS"). */
function limitNotes(version: string): string[] {
  if (compareGoVersions(version, '1.25.0') >= 0) return [];
  return [
    `Go ${version} does not see a container's CPU limit: set GOMAXPROCS to it, or build with Go 1.25 or later`,
  ];
}
