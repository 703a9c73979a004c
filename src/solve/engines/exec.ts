import { availableParallelism } from 'node:os';
import { semaphore } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Sandbox } from '../../sandbox/types.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import { commandOf } from '../exec/failure.ts';
import { needIds } from '../exec/ids.ts';
import { execKey } from '../exec/key.ts';
import { prepareMounts } from '../exec/mounts.ts';
import { layersOf, type ExecServices } from '../exec/request.ts';
import { emulated, execute } from '../exec/run-step.ts';
import { subtree, type Subtree } from '../exec/subtree.ts';
import { findUser } from '../exec/user.ts';
import type { ExecOp, Snapshot } from '../graph.ts';
import type { Engine } from '../solver.ts';

export type { ExecServices } from '../exec/request.ts';

/**
 * Runs processes in the root file system of their first input: what they leave behind is a layer. RUN.
 * @throws ToolError (from `run`) RUN_FAILED, SECRET_MISSING, NOT_FOUND, DOCKERFILE_INVALID for a user there is not, SANDBOX_UNAVAILABLE
 */
export function execEngine(
  ctx: Ctx,
  snapshots: Snapshots,
  sandbox: Sandbox,
  services: ExecServices,
): Engine<'exec'> {
  const slots = semaphore(availableParallelism());
  const part = subtrees(snapshots);
  const warn = warner(ctx, sandbox);
  let met = 0;
  const prepareNext = (): void => {
    if (met < (services.steps?.() ?? 0)) sandbox.prepare(ctx);
  };
  return {
    key: async (op, inputs) => {
      met++;
      return execKey(op, inputs, part(op, inputs));
    },
    run: async (op, inputs, step) => {
      sandbox.prepare(ctx); // starts while the root is made ready
      warn();
      await emulated(ctx, sandbox, op);
      const beneath = layersOf(inputs[0]);
      const user = await findUser(await snapshots.tree(beneath), op.user, {
        code: 'DOCKERFILE_INVALID',
        ...(op.where && { where: op.where }),
      });
      await needIds(user, op.where);
      const root = await snapshots.writable(beneath);
      try {
        return await withTempDir(ctx, async (temp) => {
          const mounts = await prepareMounts(op.mounts, {
            ctx,
            snapshots,
            services,
            inputs,
            subtree: part(op, inputs),
            overlay: root.kind === 'overlay',
            caches: new Map(),
            temp,
            ...(op.where && { where: op.where }),
            say: (text) => step.log('stderr', text),
          });
          try {
            const run = { op, beneath, root, user, mounts, step, prepareNext };
            const id = await slots.run(async () => execute(ctx, snapshots, sandbox, run));
            const what = `RUN ${commandOf(op.argv)}`;
            return { layers: [...(inputs[0]?.layers ?? []), { id, what, reused: false }] };
          } finally {
            await mounts.release();
          }
        });
      } finally {
        await root.discard();
      }
    },
  };
}

/** Parts of inputs, each read once: for the key, and for the mount. */
function subtrees(
  snapshots: Snapshots,
): (op: ExecOp, inputs: readonly Snapshot[]) => (input: number, source: string) => Promise<Subtree> {
  const known = new WeakMap<Snapshot, Map<string, Promise<Subtree>>>();
  return (op, inputs) => async (number, source) => {
    const input = inputs[number];
    if (!input) throw new ToolError('INTERNAL', `a step has no input ${number}`);
    const ours = known.get(input) ?? new Map<string, Promise<Subtree>>();
    known.set(input, ours);
    const found =
      ours.get(source) ??
      (async () => subtree(input.tree ?? (await snapshots.tree(layersOf(input))), source, op.where))();
    ours.set(source, found);
    return found;
  };
}

/** Says once what the sandbox cannot keep apart. */
function warner(ctx: Ctx, sandbox: Sandbox): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    for (const message of sandbox.lacks) ctx.emit({ kind: 'warning', message });
  };
}
