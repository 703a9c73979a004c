import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../../../core/ctx.ts';
import { ToolError } from '../../../core/errors.ts';
import type { SandboxExit } from '../../../sandbox/types.ts';
import type { Probe } from '../../types.ts';
import type { Answer } from './ask.ts';
import { memoryOf } from './processes.ts';
import { whenEnded, withProgram, type Running } from './program.ts';
import type { Prober } from './prober.ts';
import type { Stage, Startable } from './stage.ts';

/** What one start came to. */
export type Start =
  | {
      readonly ready: true;
      /** Milliseconds from the execution of the program to the answer. */
      readonly milliseconds: number;
      /** Bytes; undefined when nothing was left to be measured. */
      readonly memory: number | undefined;
    }
  | {
      readonly ready: false;
      /** How the program ended; undefined when it ran on and did not answer. */
      readonly exit: SandboxExit | undefined;
      /** The last answer, when it was not a good one. */
      readonly answer: Answer | undefined;
      readonly said: string;
      /** Milliseconds that it was given. */
      readonly waited: number;
    };

/** Milliseconds until a program must have answered. */
export const usualTimeout = 10_000;

/**
 * Starts an image's program once and waits until it is ready, as the probe says.
 * @throws ToolError SANDBOX_FAILED, SANDBOX_UNAVAILABLE
 */
export async function startOnce(
  ctx: Ctx,
  stage: Stage,
  image: Startable,
  { probe, network }: { readonly probe: Probe; readonly network: 'own' | 'host' },
): Promise<Start> {
  const waited = stage.terms.timeout ?? usualTimeout;
  const prober = stage.prober(network);
  const namespace = network === 'own' ? await prober.leave() : undefined;
  if (network === 'host' && 'port' in probe) await checkFree(prober, probe.port);
  // It asks before there is anybody to answer: the first moment counts.
  const watch = 'port' in probe ? prober.watch(probe) : undefined;
  try {
    const { result, exit, said } = await withProgram(ctx, stage, image, namespace, async (running) =>
      watch ? whenReady(running, watch, waited) : whenOver(running, waited),
    );
    if (probe.kind === 'exit' && result?.milliseconds !== undefined && exit.code === probe.code)
      return { ready: true, milliseconds: result.milliseconds, memory: undefined };
    if (probe.kind !== 'exit' && result?.milliseconds !== undefined)
      return { ready: true, milliseconds: result.milliseconds, memory: result.memory };
    const ended = result === undefined || result.ended;
    return { ready: false, exit: ended ? exit : undefined, answer: result?.answer, said, waited };
  } finally {
    watch?.stop();
  }
}

async function checkFree(prober: Prober, port: number): Promise<void> {
  if (!(await prober.ask({ port })).connected) return;
  throw new ToolError(
    'PORT_UNAVAILABLE',
    `port ${port} of this machine is in use, and the program needs this machine's network`,
    { hint: `End what listens there: ss -ltnp 'sport = :${port}'` },
  );
}

interface Seen {
  readonly milliseconds?: number;
  readonly memory?: number | undefined;
  readonly answer?: Answer;
  /** By itself. */
  readonly ended: boolean;
}

async function whenReady(
  { pid, at, ended }: Running,
  watch: { readonly answer: Promise<Answer>; stop(): void },
  waited: number,
): Promise<Seen> {
  const first = await within(waited, Promise.race([watch.answer, ended.then(() => 'ended' as const)]));
  if (typeof first === 'object')
    return { milliseconds: Number(first.at - at) / 1e6, memory: memoryOf(pid), ended: false };
  watch.stop();
  const answer = await watch.answer;
  return { ended: first === 'ended', ...(answer.connected && { answer }) };
}

async function whenOver(running: Running, waited: number): Promise<Seen> {
  const end = await within(waited, whenEnded(running));
  return end === undefined ? { ended: false } : { milliseconds: Number(end - running.at) / 1e6, ended: true };
}

/** Undefined when the time is over first. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      work,
      delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
  } finally {
    timer.abort();
  }
}
