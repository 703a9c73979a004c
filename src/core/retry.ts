import { setTimeout as sleep } from 'node:timers/promises';
import { isToolError } from './errors.ts';

export interface RetryOptions {
  /** How often it is tried in all. Default 5. */
  readonly attempts?: number;
  /** First pause in milliseconds; each later one is twice as long, up to 30 s. Default 250. */
  readonly pause?: number;
  /** The pause that a failure asks for by itself (Retry-After), in milliseconds. */
  readonly wanted?: (error: unknown) => number | undefined;
}

/** Longest pause between two attempts, in milliseconds, whatever a server asks for. */
const longestPause = 30_000;

/**
 * Tries `work` again while it fails with a retryable ToolError. The only place where retries live: full jitter, so that many
 * clients do not come back at the same moment.
 */
export async function retry<R>(signal: AbortSignal, work: (attempt: number) => Promise<R>, options: RetryOptions = {}): Promise<R> {
  const { attempts = 5, pause = 250, wanted } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !isToolError(error) || !error.retryable || signal.aborted) throw error;
      const backoff = Math.min(longestPause, pause * 2 ** (attempt - 1));
      const asked = wanted?.(error);
      await sleep(asked === undefined ? backoff * (0.5 + Math.random() / 2) : Math.min(asked, longestPause), undefined, { signal });
    }
  }
}
