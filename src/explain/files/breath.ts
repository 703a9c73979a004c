import { setImmediate } from 'node:timers/promises';

/** Called now and then in work that waits for nothing, so that signals are heard. It throws what interrupts. */
export type Breathe = () => Promise<void>;

/** Entries or nodes between two breaths: some hundredths of a second. */
export const breathEvery = 16 * 1024;

export function breathing(signal: AbortSignal): Breathe {
  return async () => {
    await setImmediate();
    signal.throwIfAborted();
  };
}
