export interface LoadPlan {
  /** `http://198.18.1.11`: each gets the same. */
  readonly urls: readonly string[];
  readonly connections: number;
  /** One request at a time to /slow, which takes five seconds. */
  readonly slow: boolean;
  /** One websocket to /ws, with a message every tenth of a second. */
  readonly websockets: boolean;
}

export interface LoadFailure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly url: string;
  /** `GET /: 503`, `connection closed without an answer`. */
  readonly cause: string;
  /** The version that answered, if one did. */
  readonly version: string;
}

/** What one version answered. */
export interface Answered {
  readonly requests: number;
  /** Milliseconds since the epoch, of the first and the last answer. */
  readonly first: number;
  readonly last: number;
}

export interface LoadReport {
  /** Those that were answered, well or not. */
  readonly requests: number;
  /** How many failed; `failures` has the first hundred. */
  readonly failed: number;
  readonly failures: readonly LoadFailure[];
  readonly versions: Readonly<Record<string, Answered>>;
  /** Answers of 5 seconds that came whole. */
  readonly slow: number;
  readonly websocket: {
    readonly messages: number;
    /** Times that a websocket was closed, and was opened anew. */
    readonly closed: number;
    /** Messages by the version that answered. */
    readonly versions: Readonly<Record<string, number>>;
  };
  /** Answered POSTs. */
  readonly posts: number;
}

export interface Tally {
  answered(version: string, post: boolean): void;
  failed(url: string, cause: string, version?: string): void;
  slow(version: string): void;
  message(version: string): void;
  closed(): void;
  /** What comes after it is not counted: it is we who end. */
  close(): void;
  report(): LoadReport;
}

export function tally(): Tally {
  const versions: Record<string, { requests: number; first: number; last: number }> = {};
  const messages: Record<string, number> = {};
  const failures: LoadFailure[] = [];
  const counts = { requests: 0, failed: 0, slow: 0, messages: 0, closed: 0, posts: 0 };
  let open = true;
  const seen = (version: string): void => {
    const now = Date.now();
    const known = (versions[version] ??= { requests: 0, first: now, last: now });
    known.requests++;
    known.last = now;
  };
  return {
    answered(version, post) {
      if (!open) return;
      counts.requests++;
      if (post) counts.posts++;
      seen(version);
    },
    failed(url, cause, version = '') {
      if (!open) return;
      counts.failed++;
      if (failures.length < 100) failures.push({ at: Date.now(), url, cause, version });
    },
    slow(version) {
      if (!open) return;
      counts.slow++;
      counts.requests++;
      seen(version);
    },
    message(version) {
      counts.messages++;
      messages[version] = (messages[version] ?? 0) + 1;
    },
    closed() {
      if (open) counts.closed++;
    },
    close() {
      open = false;
    },
    report: () => ({
      requests: counts.requests,
      failed: counts.failed,
      failures,
      versions,
      slow: counts.slow,
      posts: counts.posts,
      websocket: { messages: counts.messages, closed: counts.closed, versions: messages },
    }),
  };
}
