/** Go's caches in a build: which steps have them, and beginning again without when one turns out to see them. */
import type { Ctx } from '../../core/ctx.ts';
import type { Lowered } from '../../dockerfile/frontend.ts';
import { checkTaken, isRefused } from '../../solve/exec/go-cache-seen.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { Engine } from '../../solve/solver.ts';

/**
 * Builds with Go's caches where nobody sees them, and without them if a step's tree or a COPY says at last that somebody would.
 * @param scope names project and Dockerfile
 */
export async function buildWithGoCaches<R>(
  ctx: Ctx,
  lowered: readonly Lowered[],
  { on, scope }: { readonly on: boolean; readonly scope: string },
  build: (lowered: readonly Lowered[]) => Promise<R>,
): Promise<R> {
  const steps = lowered.flatMap(({ stages }) => stages.flatMap((stage) => stage.steps));
  if (!on || !steps.some(({ op }) => op.kind === 'exec')) return build(lowered);
  const { withGoCaches } = await import('../../dockerfile/go-cache.ts');
  const cached = lowered.map((one) => withGoCaches(one, scope));
  const say = (text: string): void => ctx.emit({ kind: 'log', stream: 'stderr', text });
  for (const reason of new Set(cached.flatMap(({ reasons }) => reasons))) say(reason);
  try {
    return await build(cached.map((one) => one.lowered));
  } catch (error) {
    if (!isRefused(error)) throw error;
    say(`Go's caches are not kept, because ${error.message}; beginning again without them`);
    return build(lowered);
  }
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
