/**
 * What a command tells while it works: one stream, which renderers only read. An event is plain data and never holds a secret.
 */
export type Event = Step | Progress | Log | Warning | HostPhase | Traffic;

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

/** One host goes through one phase of a deploy: a cell of the table that people watch. */
export interface HostPhase {
  readonly kind: 'host';
  readonly host: string;
  readonly phase: Phase;
  readonly state: 'started' | 'done' | 'failed' | 'undone';
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** A few words or a figure for the cell: `5.8 MB`, `ready in 0.4 s`, `25 %`. */
  readonly note?: string;
}

/** In the order in which a host goes through them. */
export const phases = ['connect', 'image', 'start', 'prove', 'shift', 'confirm', 'retire'] as const;
export type Phase = (typeof phases)[number];

/** What the two releases answer while the new one is judged, summed over all hosts since the step began. */
export interface Traffic {
  readonly kind: 'traffic';
  readonly at: number;
  /** Percent of the requests that the new release is to get. */
  readonly share: number;
  readonly fresh: Answers;
  /** Undefined when nothing served before. */
  readonly old: Answers | undefined;
  /** Milliseconds until the step must have a verdict. */
  readonly left: number;
}

export interface Answers {
  readonly requests: number;
  /** 5xx and broken answers. */
  readonly errors: number;
  /** Milliseconds, at the quantile that is judged; undefined without requests. */
  readonly latency: number | undefined;
}
