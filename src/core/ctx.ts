/**
 * core/ is the ground: what one command may touch (Ctx), the one error, events, processes, files, HTTP, concurrency.
 * It must not know images, Go or anything above it.
 */
import type { Event } from './event.ts';
import type { Command, Exit } from './exec.ts';
import type { Fetch } from './http.ts';

/** Environment variables, as given to the command. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What one command may touch. Passed down, never global, never stored in a value that outlives the command. */
export interface Ctx {
  readonly signal: AbortSignal;
  readonly env: Env;
  /** Absolute. */
  readonly cwd: string;
  /** Coracle's home: `$CORACLE_HOME`, else `$XDG_CACHE_HOME/coracle`, else `~/.cache/coracle`. All in it can be deleted at any time. */
  readonly home: string;
  now(): Date;
  emit(event: Event): void;
  exec(command: Command): Promise<Exit>;
  readonly fetch: Fetch;
}

/** Throws INTERRUPTED's abort reason if the command was interrupted. */
export function throwIfAborted(ctx: Ctx): void {
  ctx.signal.throwIfAborted();
}
