import { isToolError } from './errors.ts';
import { rest } from './rest.ts';

export interface RetryOptions {
  /** How often it is tried in all. Default 5. */
  readonly attempts?: number;
  /** First pause in milliseconds; each later one is twice as long, up to 30 s. Default 250. */
  readonly pause?: number;
  /** The pause that a failure asks for by itself, in milliseconds. Default: what `askToWait` noted for it. */
  readonly wanted?: (error: unknown) => number | undefined;
}

/** Longest pause of ours between two attempts, in milliseconds. */
const longestPause = 30_000;
/** Longest pause that a server may ask for, in milliseconds; who asks for more is not waited for at all. */
const longestWish = 60_000;

const wishes = new WeakMap<object, number>();

/** Notes on a retryable error how long the server asked to wait (Retry-After), in milliseconds. */
export function askToWait<E extends Error>(error: E, milliseconds: number): E {
  wishes.set(error, milliseconds);
  return error;
}

/** What a server asked for with `askToWait`, in milliseconds. */
export function askedToWait(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null ? wishes.get(error) : undefined;
}

/**
 * Tries `work` again while it fails with a retryable ToolError. The only place where retries live. Pauses are drawn at random
 * between half and the whole of the backoff, so that many clients do not come back at the same moment.
 */
export async function retry<R>(
  signal: AbortSignal,
  work: (attempt: number) => Promise<R>,
  options: RetryOptions = {},
): Promise<R> {
  const { attempts = 5, pause = 250, wanted = askedToWait } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !isToolError(error) || !error.retryable || signal.aborted) throw error;
      const asked = wanted(error);
      if (asked !== undefined && asked > longestWish) throw error;
      await rest(
        signal,
        asked ?? Math.min(longestPause, pause * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2),
      );
    }
  }
}
