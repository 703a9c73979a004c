/**
 * deploy/look/ looks at what runs: logs, figures, a command in a container, what was done before. It changes nothing on a host, and must not know
 * how a release is made. Lines come from programs that nobody vouches for: each is bounded before anything else is done with it.
 */

export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

/** A line of a container's log. */
export interface LogLine {
  readonly host: string;
  /** Id of the release; `proxy` for the proxy of the host. */
  readonly release: string;
  /** Microseconds since the epoch, by our clock where the host's is far off. */
  readonly at: number;
  /** As the runtime wrote it: to the nanosecond, by the host's clock. */
  readonly stamp: string;
  readonly text: string;
}

/** What a line says, when it is of one of the known forms; else its text is the message. */
export interface Entry {
  readonly level: Level | undefined;
  readonly message: string;
  /** In the order of the line, without those of time, level and message. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}
