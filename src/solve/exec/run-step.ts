import { promises as fs } from 'node:fs';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import { emulatorFor } from '../../sandbox/emulation.ts';
import type { Sandbox, SandboxExit } from '../../sandbox/types.ts';
import type { LayerId, Snapshots, WritableRoot } from '../../snapshot/types.ts';
import type { ExecOp } from '../graph.ts';
import type { StepHandle } from '../solver.ts';
import { environment } from './environment.ts';
import { keepFailed, type FailedStep } from './failed.ts';
import { diskFilled, runFailed } from './failure.ts';
import { networkFiles } from './hosts.ts';
import { makePlaces } from './kernel-places.ts';
import { sandboxRoot } from './mount-bind.ts';
import type { ReadyMounts } from './mounts.ts';
import { tail } from './tail.ts';
import type { ProcessUser } from './user.ts';

/** Milliseconds by which a file's time may lie before the clock's: the kernel takes them from its tick. */
const tick = 20;

/** A step that is ready to run. */
export interface StepRun {
  readonly op: ExecOp;
  /** Lowest first. */
  readonly beneath: readonly LayerId[];
  readonly root: WritableRoot;
  /** Of /dev, /proc and /sys, those that the layers beneath lack. */
  readonly missingPlaces?: readonly string[];
  readonly user: ProcessUser;
  readonly mounts: ReadyMounts;
  readonly step: StepHandle;
  /** The process runs: time to get ready for the next. */
  readonly prepareNext: () => void;
}

/** @throws ToolError TOOL_MISSING when programs of the step's platform cannot be run here */
export async function emulated(ctx: Ctx, sandbox: Sandbox, { platform, where }: ExecOp): Promise<void> {
  try {
    await emulatorFor(ctx, sandbox, platform);
  } catch (error) {
    if (!isToolError(error) || !where) throw error;
    const { code, message, hint, detail } = error;
    throw new ToolError(code, message, {
      where,
      cause: error,
      ...(hint && { hint }),
      ...(detail && { detail }),
    });
  }
}

/**
 * Runs the step's process. What it leaves behind becomes a layer; of a step that fails it is kept for a shell.
 * @throws ToolError RUN_FAILED, SANDBOX_FAILED
 */
export async function execute(
  ctx: Ctx,
  snapshots: Snapshots,
  sandbox: Sandbox,
  run: StepRun,
): Promise<LayerId> {
  return (await snapshots.adopt(run.root, await perform(ctx, sandbox, run))).id;
}

/**
 * Runs the step's process and no more.
 * @returns what is to be known of the root that it leaves behind
 * @throws ToolError RUN_FAILED, SANDBOX_FAILED
 */
export async function perform(
  ctx: Ctx,
  sandbox: Sandbox,
  run: StepRun,
): Promise<{ readonly since: number; readonly omit: ReadonlySet<string> }> {
  const { op, root, user, mounts, step, prepareNext } = run;
  const last = tail();
  const files = await networkFiles(op);
  const since = Date.now() - tick;
  await makePlaces(root, run.missingPlaces ?? []);
  const exit = await sandbox.run(
    ctx,
    {
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
    },
    { onStarted: prepareNext },
  );
  ctx.signal.throwIfAborted();
  if (exit.code !== 0 || exit.timedOut) throw await failure(ctx, exit, last.text(), run);
  const omit = new Set([...files, ...mounts.mounts].map(({ target }) => target.replace(/^\/+|\/+$/g, '')));
  return { since, omit };
}

async function failure(
  ctx: Ctx,
  exit: SandboxExit,
  output: string,
  { op, beneath, root, user, mounts }: StepRun,
): Promise<ToolError> {
  // Its tree is what fills the disk, and is not kept.
  if (await isFull(root)) return diskFilled(op, exit, output);
  const { argv, env, cwd, hostname, network, addHosts, privileged, platform } = op;
  const step: FailedStep = {
    ...{ layers: beneath, argv, env, cwd, user, hostname, network, addHosts, privileged, platform },
    mounts: mounts.again,
    missing: mounts.missing,
    code: exit.code,
  };
  // That the tree cannot be kept must not hide why the step failed.
  const id = await keepFailed(ctx.home, root, step).catch(() => undefined);
  return runFailed(op, exit, output, id);
}

/** Bytes that even a small file system has left when it is not full. */
const least = 1024 * 1024;

async function isFull(root: WritableRoot): Promise<boolean> {
  const directory = root.kind === 'overlay' ? root.upper : root.directory;
  const { bavail, bsize, files, ffree } = await fs.statfs(directory);
  return bavail * bsize < least || (files > 0 && ffree === 0);
}
