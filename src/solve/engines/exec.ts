import { availableParallelism } from 'node:os';
import { semaphore } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Sandbox, SandboxExit } from '../../sandbox/types.ts';
import type { LayerId, Snapshots, WritableRoot } from '../../snapshot/types.ts';
import { environment } from '../exec/environment.ts';
import { keepFailed, type FailedStep } from '../exec/failed.ts';
import { commandOf, runFailed } from '../exec/failure.ts';
import { networkFiles } from '../exec/hosts.ts';
import { needIds } from '../exec/ids.ts';
import { execKey } from '../exec/key.ts';
import { sandboxRoot } from '../exec/mount-bind.ts';
import { prepareMounts, type ReadyMounts } from '../exec/mounts.ts';
import { layersOf, type ExecServices } from '../exec/request.ts';
import { subtree, type Subtree } from '../exec/subtree.ts';
import { tail } from '../exec/tail.ts';
import { findUser, type ProcessUser } from '../exec/user.ts';
import type { ExecOp, Snapshot } from '../graph.ts';
import type { Engine, StepHandle } from '../solver.ts';

export type { ExecServices } from '../exec/request.ts';

/** Milliseconds by which a file's time may lie before the clock's: the kernel takes them from its tick. */
const tick = 20;

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
  return {
    key: async (op, inputs) => execKey(op, inputs, part(op, inputs)),
    run: async (op, inputs, step) => {
      sandbox.prepare(ctx); // starts while the root is made ready
      warn();
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
            const run: StepRun = { op, root, user, mounts, step };
            const id = await slots.run(async () => execute(ctx, snapshots, sandbox, beneath, run));
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

interface StepRun {
  readonly op: ExecOp;
  readonly root: WritableRoot;
  readonly user: ProcessUser;
  readonly mounts: ReadyMounts;
  readonly step: StepHandle;
}

async function execute(
  ctx: Ctx,
  snapshots: Snapshots,
  sandbox: Sandbox,
  beneath: readonly LayerId[],
  { op, root, user, mounts, step }: StepRun,
): Promise<LayerId> {
  const last = tail();
  const files = await networkFiles(op);
  const since = Date.now() - tick;
  const exit = await sandbox.run(ctx, {
    root: sandboxRoot(root),
    argv: op.argv,
    env: environment([...mounts.defaults, ...op.env, ...op.unkeyedEnv, ...mounts.env], user.home),
    cwd: op.cwd,
    user,
    hostname: op.hostname,
    mounts: [...files, ...mounts.mounts],
    network: op.network,
    privileged: op.privileged,
    ...(op.shmSize !== undefined && { shmSize: op.shmSize }),
    ulimits: op.ulimits,
    stdio: 'pipe',
    onOutput: (stream, text) => {
      last.add(text);
      step.log(stream, text);
    },
  });
  ctx.signal.throwIfAborted();
  if (exit.code !== 0 || exit.timedOut)
    throw await failure(ctx, beneath, exit, last.text(), { op, root, user, mounts, step });
  const omit = new Set([...files, ...mounts.mounts].map(({ target }) => target.replace(/^\/+|\/+$/g, '')));
  return (await snapshots.adopt(root, { since, omit })).id;
}

async function failure(
  ctx: Ctx,
  layers: readonly LayerId[],
  exit: SandboxExit,
  output: string,
  { op, root, user, mounts }: StepRun,
): Promise<ToolError> {
  const { argv, env, cwd, hostname, network, addHosts, privileged, platform } = op;
  const step: FailedStep = {
    ...{ layers, argv, env, cwd, user, hostname, network, addHosts, privileged, platform },
    mounts: mounts.again,
    missing: mounts.missing,
    code: exit.code,
  };
  // That the tree cannot be kept must not hide why the step failed.
  const id = await keepFailed(ctx.home, root, step).catch(() => undefined);
  return runFailed(op, exit, output, id);
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
