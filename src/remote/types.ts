/**
 * remote/ runs scripts on hosts through the system's ssh: one multiplexed connection to each, everything on standard input. It must not know
 * containers, images or releases.
 */
import type { Readable } from 'node:stream';
import type { Exit } from '../core/exec.ts';

/** A machine that is reached by ssh. */
export interface Host {
  /** For people, and unique: of letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** A host name, an address, or a name of the user's ssh config. Never begins with `-`. */
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
  /** As ssh's ProxyJump. */
  readonly jump?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly string[];
}

export interface ScriptOptions {
  /**
   * Variables of the script, by name. They travel on standard input in front of the script, quoted for sh; never on a command line. Values may
   * hold any byte but NUL, newlines too.
   */
  readonly values?: Readonly<Record<string, string>>;
  /** What the script reads on its own standard input; a stream is read at the script's pace. */
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Milliseconds; none by default. The script is ended on the host then, and ToolError COMMAND_FAILED is thrown. */
  readonly timeout?: number;
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
  /** In place of the command's own, so that something can be undone after an interrupt. Ends the script on the host too. */
  readonly signal?: AbortSignal;
}

/** An open connection to a host. Any call throws ToolError HOST_UNREACHABLE once the connection is lost. */
export interface Remote {
  readonly host: Host;
  /** Aborted, with that error as its reason, when the connection is lost. */
  readonly lost: AbortSignal;
  /** Runs a script for POSIX sh. A non-zero exit is a result, not an error. */
  run(script: string, options?: ScriptOptions): Promise<Exit>;
  /**
   * Starts a script that lives as long as we do. We write a line to its standard input each second; it must end by itself when its input ends
   * or has been silent for 5 seconds (`read -t` is bash's; see hold.ts for how it is told in POSIX sh).
   */
  hold(script: string, options?: Omit<ScriptOptions, 'input' | 'timeout'>): Promise<Held>;
  /**
   * Runs a script whose output is read at the reader's pace: nothing of it is kept, and a reader that stops makes the host wait. The signal, or
   * destroying `stdout`, ends it on the host too.
   */
  stream(script: string, options?: Pick<ScriptOptions, 'values' | 'input' | 'signal'>): Promise<Streamed>;
  /**
   * Runs `sh FILE`, a file of the host's, with our own standard streams: on a terminal there (`ssh -tt`) or on pipes. FILE's name is made of
   * letters, digits, `/`, `.`, `_` and `-`. @returns its exit code
   */
  attach(file: string, options: { readonly tty: boolean }): Promise<number>;
  /** Lets the host reach a loopback port of ours. @returns the port of the host's loopback, chosen by it */
  reverse(port: number): Promise<number>;
  /**
   * Lets us reach a loopback port or a Unix socket of the host. A port is answered by a port of our loopback, a socket by the path of a socket
   * of ours. Asking twice gives the same.
   */
  forward(port: number): Promise<number>;
  forwardSocket(file: string): Promise<string>;
  close(): Promise<void>;
}

export interface Streamed {
  readonly stdout: Readable;
  /** Resolves when it has ended; `stdout` of it is empty, `stderr` holds the beginning of what it said there. */
  readonly ended: Promise<Exit>;
}

export interface Held {
  /** The first line that the script printed; empty when it ended without one. */
  readonly said: string;
  /** Resolves when it has ended, whoever ended it; with code 255 when the connection was lost. */
  readonly ended: Promise<Exit>;
  release(): Promise<void>;
}

export interface ConnectOptions {
  /** `-F`: a configuration in place of the user's. */
  readonly configFile?: string;
  /** Milliseconds until a host that does not answer counts as unreachable. Default 10,000. */
  readonly timeout?: number;
}
