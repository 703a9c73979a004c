/**
 * What a command tells while it works: one stream, which renderers only read. An event is plain data and never holds a secret.
 */
export type Event = Step | Progress | Log | Warning;

/** A step (BuildKit's vertex) starts, ends, is found in the cache, or fails. Steps with the same `id` are the same step. */
export interface Step {
  readonly kind: 'step';
  readonly id: string;
  /** What people read: `compile ./cmd/api (linux/amd64)`. */
  readonly name: string;
  readonly state: 'started' | 'done' | 'cached' | 'failed' | 'cancelled';
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** A remark shown behind a finished step, such as `13.1 MB`. */
  readonly note?: string;
  /** Why it runs again: what changed since it ran last. Comes with `started`. */
  readonly because?: readonly string[];
}

/** How far a step is: bytes or items done, of a total when it is known. */
export interface Progress {
  readonly kind: 'progress';
  readonly id: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'items';
}

/** Lines that a program printed while a step ran. */
export interface Log {
  readonly kind: 'log';
  readonly id?: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Something the user should know that does not stop the work. */
export interface Warning {
  readonly kind: 'warning';
  readonly message: string;
  readonly hint?: string;
}
