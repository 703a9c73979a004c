import { availableParallelism } from 'node:os';
import { semaphore } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Sandbox } from '../../sandbox/types.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import { commandOf } from '../exec/failure.ts';
import { keptBetweenBuilds, openGoCaches, withGoCaches, type GoCaches } from '../exec/go-cache.ts';
import { checkMounted } from '../exec/go-cache-seen.ts';
import { needIds } from '../exec/ids.ts';
import { missingPlaces } from '../exec/kernel-places.ts';
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
  const say = once((text) => ctx.emit({ kind: 'log', stream: 'stderr', text }));
  let met = 0;
  const prepareNext = (): void => {
    if (met < (services.steps?.() ?? 0)) sandbox.prepare(ctx);
  };
  return {
    key: async (op, inputs) => {
      met++;
      await checkMounted(snapshots, op, inputs);
      return execKey(op, inputs, part(op, inputs));
    },
    run: async (op, inputs, step) => {
      sandbox.prepare(ctx); // starts while the root is made ready
      warn();
      await sandbox.ready?.();
      await emulated(ctx, sandbox, op);
      const beneath = layersOf(inputs[0]);
      const tree = await snapshots.glance(beneath);
      const user = await findUser(tree, op.user, {
        code: 'DOCKERFILE_INVALID',
        ...(op.where && { where: op.where }),
      });
      await needIds(user, op.where);
      const missing = await missingPlaces(tree);
      const root = await snapshots.writable(beneath);
      try {
        return await withTempDir(ctx, async (temp) => {
          const request = {
            ...{ ctx, snapshots, services, inputs, temp },
            subtree: part(op, inputs),
            overlay: root.kind === 'overlay',
            caches: new Map(),
            ...(op.where && { where: op.where }),
            say: (text: string) => step.log('stderr', text),
          };
          const own = await prepareMounts(op.mounts, request);
          let go: GoCaches | undefined;
          try {
            if (op.goCache)
              go = await openGoCaches(op.goCache, { ...request, op, sandbox, user, root, part, step });
            if (go) say(`${op.goCache?.takes?.stage ?? ''}: ${keptBetweenBuilds}`);
            const mounts = go ? withGoCaches(own, go) : own;
            const run = { op, beneath, root, missingPlaces: missing, user, mounts, step, prepareNext };
            const id = await slots.run(async () => execute(ctx, snapshots, sandbox, run));
            const what = `RUN ${commandOf(op.argv)}`;
            const made = await go?.done();
            return { layers: [...(inputs[0]?.layers ?? []), { id, what, reused: false, ...made }] };
          } finally {
            await go?.release();
            await own.release();
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

/** Calls with what it has not been called with before. */
function once(call: (text: string) => void): (text: string) => void {
  const before = new Set<string>();
  return (text) => {
    if (before.has(text)) return;
    before.add(text);
    call(text);
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
