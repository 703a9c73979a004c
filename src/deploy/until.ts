/** Waiting that an interrupt, a lost lock or a lost host ends. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` gives, or the signal's reason as soon as it aborts; then the work is not waited for. */
export async function unless<R>(stop: AbortSignal, work: Promise<R>): Promise<R> {
  stop.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is what throwIfAborted would throw
    onAbort = () => reject(stop.reason);
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
