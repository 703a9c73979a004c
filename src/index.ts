/** The library's public door: the workflows, typed. What is not exported here is not for others to rely on. */
import type { Ctx } from './core/ctx.ts';
import type { BuildRequest, BuildResult } from './build/types.ts';

/** Builds, stores, and sends on what the request asks for. @throws ToolError */
export async function build(ctx: Ctx, request: BuildRequest): Promise<BuildResult> {
  const [{ build: run }, { markBeginning }, { readVcs }] = await Promise.all([
    import('./build/build.ts'),
    import('./golang/inputs-recorder.ts'),
    import('./golang/vcs.ts'),
  ]);
  const began = await markBeginning(ctx);
  return (await run(ctx, request, { began, earlier: {}, readVcs: async (dir) => readVcs(ctx, dir) })).result;
}

export { makeCtx } from './core/make-ctx.ts';
export { ToolError } from './core/errors.ts';
export type { ErrorCode } from './core/error-codes.ts';
export type { Ctx } from './core/ctx.ts';
export type { Event } from './core/event.ts';
export type { BuildRequest, BuildResult, BuiltImage, BuiltPlatform, Output } from './build/types.ts';
