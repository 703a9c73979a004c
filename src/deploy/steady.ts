import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../core/ctx.ts';

/**
 * The command's Ctx without its interrupt: connections, and what runs over them, must outlive a Ctrl-C for as long as going back takes. Who uses it watches
 * the command's own signal between the calls.
 */
export function steady(ctx: Ctx): Ctx {
  const never = new AbortController().signal;
  return {
    ...ctx,
    signal: never,
    exec: async (command) => (await import('../core/exec.ts')).run(command, never),
    // An exchange that is cut off by the interrupt is none that going back needs.
    fetch: ctx.fetch,
  };
}

/** What `work` gives, or the signal's reason as soon as it aborts; then the work is not waited for. */
export async function unless<R>(stop: AbortSignal, work: Promise<R>): Promise<R> {
  stop.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(stop.reason as Error);
    stop.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (onAbort) stop.removeEventListener('abort', onAbort);
  }
}

/** Waits, or throws the signal's reason as soon as it aborts. */
export async function rest(stop: AbortSignal, milliseconds: number): Promise<void> {
  stop.throwIfAborted();
  try {
    await sleep(milliseconds, undefined, { signal: stop });
  } catch {
    stop.throwIfAborted();
  }
}
