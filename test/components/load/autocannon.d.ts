/** As much of autocannon's interface as load.ts uses. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Request {
    readonly method?: string;
    readonly path?: string;
    readonly body?: string;
  }

  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Seconds. */
    readonly timeout: number;
    readonly requests: readonly Request[];
    readonly setupClient: (client: EventEmitter) => void;
  }

  function autocannon(options: Options, done: (error: Error | null) => void): EventEmitter & { stop(): void };
  export = autocannon;
}
