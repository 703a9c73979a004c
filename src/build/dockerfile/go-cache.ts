/** Go's caches in a build: which steps have them, and what is done when one turns out to see them. */
import type { Ctx } from '../../core/ctx.ts';
import type { Lowered } from '../../dockerfile/frontend.ts';
import { checkTaken, isRefused } from '../../solve/exec/go-cache-seen.ts';
import type { ToolError } from '../../core/errors.ts';
import type { BuildRequest } from '../types.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { Engine } from '../../solve/solver.ts';

export { isRefused };

/**
 * The same graphs, with Go's caches where nobody sees them.
 * @param scope names project and Dockerfile
 */
export async function withGoCaches(
  ctx: Ctx,
  lowered: readonly Lowered[],
  scope: string,
): Promise<readonly Lowered[]> {
  const steps = lowered.flatMap(({ stages }) => stages.flatMap((stage) => stage.steps));
  if (!steps.some(({ op }) => op.kind === 'exec')) return lowered;
  const { giveGoCaches } = await import('../../dockerfile/go-cache.ts');
  const given = lowered.map((one) => giveGoCaches(one, scope));
  for (const reason of new Set(given.flatMap(({ reasons }) => reasons))) say(ctx, reason);
  return given.map((one) => one.lowered);
}

/** To begin again with, when a step's tree or a COPY says at last that somebody would see them. */
export function withoutGoCaches(ctx: Ctx, request: BuildRequest, { message }: ToolError): BuildRequest {
  say(ctx, `Go's caches are not kept, because ${message}; beginning again without them`);
  return { ...request, dockerfile: { ...request.dockerfile, goCache: false } };
}

function say(ctx: Ctx, text: string): void {
  ctx.emit({ kind: 'log', stream: 'stderr', text });
}

/** A COPY from a stage whose layers lack Go's caches must not show it. */
export function guarded(engine: Engine<'copy'>, snapshots: Snapshots): Engine<'copy'> {
  return {
    ...engine,
    key: async (op, inputs) => {
      for (const action of op.actions) {
        if (action.kind !== 'copy') continue;
        const input = inputs[action.input];
        if (input) await checkTaken(snapshots, input, action.sources);
      }
      return engine.key(op, inputs);
    },
  };
}
