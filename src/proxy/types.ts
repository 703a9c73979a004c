/**
 * proxy/ is HAProxy as releases use it: its configuration as text, the commands of its runtime socket, what its counters and its log of requests
 * say, and the image that it runs from. It must not know releases, hosts or ssh: it gives text, and speaks to a socket that it is handed.
 *
 * Names are fixed, as scripts on the hosts use them too: the backend of a service is the service's name, its servers are `a` and `b`.
 */

export type SlotName = 'a' | 'b';

/** One service behind the proxy of a host. Each has two slots, of which a release fills the one that is free. */
export interface ProxyService {
  /** As in ServiceName of deploy/types.ts: lower-case letters, digits, `-`. */
  readonly name: string;
  /** `*.` in front stands for all names below; none answers for every domain that no other service has. */
  readonly domains: readonly string[];
  /** Path prefixes that begin with `/`; the longest match wins. */
  readonly paths: readonly string[];
  readonly tls: ProxyTls;
  readonly health: {
    /** Undefined: it must take a connection, nothing more. */
    readonly path: string | undefined;
    /** Statuses that are well: `200`, or `200-399`. */
    readonly status: string;
    /** Milliseconds. */
    readonly interval: number;
  };
  /**
   * Methods that may be sent again to the other server when a server fails before it has answered. POST and the like only when the user says
   * so: what failed may have been done.
   */
  readonly retry: readonly string[];
  /** Milliseconds without a byte of a response until the proxy answers 504. Websockets have an hour. */
  readonly timeout: number;
}

export type ProxyTls =
  | { readonly mode: 'off' }
  /** PEM of chain and key, one after the other, on the deployer's machine. */
  | { readonly mode: 'files'; readonly certificate: string; readonly key: string }
  | { readonly mode: 'acme'; readonly email: string; readonly directory?: string; readonly ca?: string };

/** What one slot is in the running proxy. */
export interface SlotState {
  readonly slot: SlotName;
  /** A port of the host's loopback; 0 when the slot is empty. */
  readonly port: number;
  /** 0 to 256. */
  readonly weight: number;
  readonly state: 'ready' | 'drain' | 'maint';
}

/** Counters of one slot since the proxy started (`show stat`). */
export interface SlotCounters {
  readonly slot: SlotName;
  /** As HAProxy says it: `UP`, `DOWN`, `MAINT`, `DRAIN` … */
  readonly status: string;
  /** What its last health check found, in words. */
  readonly check: string;
  readonly weight: number;
  /** Requests being worked on, and connections open to it. */
  readonly sessions: number;
  readonly requests: number;
  readonly responses: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other', number>>;
  /** Requests that got no response of the server: connection errors and broken responses. */
  readonly errors: number;
}

/** One finished request, from the proxy's log in memory. */
export interface ProxiedRequest {
  readonly service: string;
  /** Undefined when no server was chosen. */
  readonly slot: SlotName | undefined;
  /** What the client got; 0 when the client left before an answer. */
  readonly status: number;
  /** Milliseconds: to the last byte sent. */
  readonly total: number;
  /** Milliseconds the server took to its response's headers; -1 when it sent none. */
  readonly response: number;
  /** HAProxy's two letters of how the session ended; `--` is well. */
  readonly ended: string;
}

/** The runtime socket of a proxy that runs. */
export interface ProxySocket {
  /** Runs one command. @throws ToolError PROXY_FAILED when the proxy refuses it, PROXY_UNREACHABLE */
  command(line: string): Promise<string>;
  /** Sets what is given of a slot, in one command line, so that no request sees half of it. */
  set(service: string, ...slots: readonly (Pick<SlotState, 'slot'> & Partial<SlotState>)[]): Promise<void>;
  slots(service: string): Promise<readonly SlotState[]>;
  counters(service: string): Promise<readonly SlotCounters[]>;
  /** Follows the log of requests from now on, until the signal; for quantiles that counters do not have. */
  requests(signal: AbortSignal, each: (request: ProxiedRequest) => void): Promise<void>;
  close(): Promise<void>;
}
