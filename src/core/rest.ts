import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds, or throws the signal's own reason as soon as it aborts. */
export async function rest(stop: AbortSignal, milliseconds: number): Promise<void> {
  stop.throwIfAborted();
  try {
    await sleep(milliseconds, undefined, { signal: stop });
  } catch {
    stop.throwIfAborted();
  }
}
