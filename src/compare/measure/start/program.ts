import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../../../core/ctx.ts';
import type { SandboxExit } from '../../../sandbox/types.ts';
import { sandboxRoot } from '../../../solve/exec/mount-bind.ts';
import { executedAt } from './executed.ts';
import { hasEnded } from './processes.ts';
import type { Stage, Startable } from './stage.ts';

/** A program that runs. */
export interface Running {
  readonly pid: number;
  /** When it was executed, in nanoseconds of `process.hrtime`. */
  readonly at: bigint;
  readonly ended: Promise<SandboxExit>;
}

/** What was made of a program while it ran, and how it ended. */
export interface Ran<R> {
  /** Undefined when it could not be executed at all. */
  readonly result: R | undefined;
  readonly exit: SandboxExit;
  /** The last that it said, standard output and errors as they came. */
  readonly said: string;
}

/** Characters kept of what a program says. */
const mostSaid = 16_384;
/** Milliseconds that a program has for ending when it is asked to. */
const patience = 1000;

/**
 * Starts an image's program on a fresh root, calls `work` while it runs, then ends it and all that it started; nothing of it is left.
 * @param network a file of a network namespace; undefined for this machine's network
 * @throws ToolError SANDBOX_FAILED; what `work` throws
 */
export async function withProgram<R>(
  ctx: Ctx,
  { sandbox, snapshots }: Stage,
  image: Startable,
  network: string | undefined,
  work: (running: Running) => Promise<R>,
): Promise<Ran<R>> {
  const spec = await image.spec(network === undefined ? 'host' : 'own');
  const root = await snapshots.writable(image.layers);
  let said = '';
  const over = new AbortController();
  let working: Promise<R> | undefined;
  try {
    const running = Promise.withResolvers<SandboxExit>();
    running.promise.catch(() => undefined); // told below
    const exit = await sandbox
      .run(
        { ...ctx, signal: AbortSignal.any([ctx.signal, over.signal]) },
        {
          ...spec,
          root: sandboxRoot(root),
          ...(network !== undefined && { networkNamespace: network }),
          stdio: 'pipe',
          onOutput: (_, text) => {
            said = `${said}${text}`.slice(-mostSaid);
          },
        },
        {
          onStarted: (kill, started) => {
            const { pid } = started;
            working = work({ pid, at: executedAt(started), ended: running.promise });
            void working
              .then(
                async () => stop(image, kill, running.promise),
                (error: unknown) => over.abort(error),
              )
              .catch(() => undefined);
          },
        },
      )
      .then(
        (ended) => {
          running.resolve(ended);
          return ended;
        },
        (error: unknown) => {
          running.reject(error);
          throw error;
        },
      );
    return { result: await working, exit, said };
  } finally {
    await root.discard();
  }
}

/** Asks it to end, and ends it when it does not. */
async function stop(
  image: Startable,
  kill: (signal: NodeJS.Signals) => void,
  ended: Promise<unknown>,
): Promise<void> {
  if (image.heeds) {
    kill(image.stopSignal);
    const tooLong = new AbortController();
    image.heeds = await Promise.race([
      ended.then(() => true),
      delay(patience, false, { signal: tooLong.signal }).catch(() => true),
    ]);
    tooLong.abort();
    if (image.heeds) return;
  }
  kill('SIGKILL');
}

/** When a program that ends by itself was first seen to be gone, in nanoseconds of `process.hrtime`. */
export async function whenEnded({ pid, ended }: Running): Promise<bigint> {
  const state = { over: false };
  const last = ended.then(
    () => (state.over = true),
    () => (state.over = true),
  );
  while (!state.over && !hasEnded(pid)) await Promise.race([last, delay(1)]);
  return process.hrtime.bigint();
}
