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
  const before = { began, earlier: {}, readVcs: async (dir: string) => readVcs(ctx, dir), door };
  return (await run(ctx, request, before)).result;
}

/** Bases whose scripts run need a root, of the machine or of a namespace; only the command may replace its own process by such a one. */
const door = {
  enterUserNamespace: async (): Promise<void> => {
    if (process.geteuid?.() === 0) return;
    const { ToolError } = await import('./core/errors.ts');
    throw new ToolError('SANDBOX_UNAVAILABLE', 'this base is made by running its scripts, which needs root', {
      hint: 'Start the program under unshare --user --map-root-user --mount, or use the command coracle.',
    });
  },
};

export { makeCtx } from './core/make-ctx.ts';
export { ToolError } from './core/errors.ts';
export type { ErrorCode } from './core/error-codes.ts';
export type { Ctx } from './core/ctx.ts';
export type { Event } from './core/event.ts';
export type { BuildRequest, BuildResult, BuiltImage, BuiltPlatform, Output } from './build/types.ts';
