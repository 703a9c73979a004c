/**
 * sandbox/ runs one process in a root file system: one interface, several runtimes. It must not know layers, graphs, Dockerfiles or
 * images.
 */
import type { Ctx } from '../core/ctx.ts';

export type RuntimeName = 'builtin' | 'runc' | 'crun' | 'chroot';

/** Where the process lives; the sandbox mounts it privately. */
export type Root =
  | {
      readonly kind: 'overlay';
      /** Absolute directories, highest first. */
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
      readonly userxattr: boolean;
    }
  | { readonly kind: 'directory'; readonly directory: string };

export type Mount =
  /** A file or directory of this machine. */
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly recursive?: boolean;
      /** Whose the directories are that had to be made to mount on; root's when it does not say. */
      readonly madeFor?: { readonly uid: number; readonly gid: number };
    }
  /** A stack of directories (highest first), writable into `upper` when it is given, else read-only; `path` below its root. */
  | {
      readonly kind: 'overlay';
      readonly lower: readonly string[];
      readonly upper?: string;
      readonly work?: string;
      readonly path?: string;
      readonly target: string;
    }
  | {
      readonly kind: 'tmpfs';
      readonly target: string;
      /** Bytes. */ readonly size?: number;
      readonly mode?: number;
    }
  /** A file with these bytes, in memory only (secrets, /etc/hosts, /etc/resolv.conf); never on a disk. */
  | {
      readonly kind: 'file';
      readonly target: string;
      readonly bytes: Uint8Array;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly readOnly: boolean;
    };

export interface Ulimit {
  /** `nofile`, `nproc` … */
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface ProcessSpec {
  readonly root: Root;
  /** Of the root file system itself. */
  readonly readOnlyRoot?: boolean;
  /** The first is looked up in PATH of `env`, inside. */
  readonly argv: readonly [string, ...string[]];
  /** `NAME=VALUE`, the whole environment. */
  readonly env: readonly string[];
  /** Absolute, inside; made if it is not there. */
  readonly cwd: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly hostname: string;
  /** In order; targets are absolute, inside. What had to be made to mount on is removed again when it is still empty. */
  readonly mounts: readonly Mount[];
  readonly network: 'host' | 'none';
  /** With `none`: the network namespace to be in, as a file (`/proc/PID/ns/net`), in place of a new one. */
  readonly networkNamespace?: string;
  /** `insecure` (RUN --security=insecure): all capabilities, nothing masked. */
  readonly privileged?: boolean;
  /**
   * Changes of owner and user that are asked for succeed and do nothing: for programs that cannot go on without, where only one id
   * is mapped. Files then belong to whom they belonged before.
   */
  readonly feignIds?: boolean;
  /** Bytes of /dev/shm; default 64 MiB. */
  readonly shmSize?: number;
  readonly ulimits?: readonly Ulimit[];
  /** Where the machine allows it (cgroups); the runtime warns where it does not. */
  readonly limits?: {
    /** Bytes. */ readonly memory?: number;
    readonly cpus?: number;
    readonly pids?: number;
  };
  /** Capabilities besides Docker's default fourteen, and from them away (`coracle run`). */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  /** `pipe` streams output to `onOutput`; `inherit` gives our own standard streams; `tty` a terminal on our own. */
  readonly stdio: 'pipe' | 'inherit' | 'tty';
  readonly input?: Uint8Array;
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Milliseconds; then everything in the sandbox is killed. */
  readonly timeout?: number;
}

export interface SandboxExit {
  /** The program's; 128 + signal number when a signal ended it. 126 and 127 as a shell gives them for what cannot be run or found. */
  readonly code: number;
  readonly signal?: string;
  readonly timedOut?: boolean;
}

export interface Sandbox {
  readonly name: RuntimeName;
  /** What is lost in comparison with the strongest, one sentence each; empty for none. Said once in a build. */
  readonly lacks: readonly string[];
  /**
   * Runs one process and everything it starts; when it returns, none of them is left. Ended by `ctx.signal`.
   * @throws ToolError SANDBOX_UNAVAILABLE, SANDBOX_FAILED when the process could not be started at all
   */
  run(ctx: Ctx, spec: ProcessSpec, control?: RunControl): Promise<SandboxExit>;
  /** Gets ready for a `run` that will come soon; costs nothing when it never does. */
  prepare(ctx: Ctx): void;
  /**
   * Resolves when what `prepare` started is alive: before much is done for a `run` that may be refused.
   * @throws ToolError SANDBOX_UNAVAILABLE
   */
  ready?(): Promise<void>;
  /** Ends what `prepare` started and nobody used. */
  close(): Promise<void>;
}

/** For `coracle run`: signals are passed on. */
export interface RunControl {
  onStarted?: (kill: (signal: NodeJS.Signals) => void, started: StartedProcess) => void;
}

/** The process as it becomes the program. */
export interface StartedProcess {
  /** As we see it. */
  readonly pid: number;
  /**
   * When the program was about to be executed, in nanoseconds of the clock that `process.hrtime` reads (CLOCK_MONOTONIC), which is the same in
   * all processes. runc is executed then, where that is the runtime.
   */
  readonly at: bigint;
}
