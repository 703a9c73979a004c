import { setImmediate } from 'node:timers/promises';

/** Lets signals be heard in work that waits for nothing. @returns what throws the signal's reason once it is aborted */
export function breathing(signal: AbortSignal): () => Promise<void> {
  return async () => {
    await setImmediate();
    signal.throwIfAborted();
  };
}
