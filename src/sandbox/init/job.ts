import type { ProcessSpec } from '../types.ts';

/** A mount as it travels through a pipe: bytes as base64. */
export type JobMount =
  | Exclude<ProcessSpec['mounts'][number], { readonly kind: 'file' }>
  | {
      readonly kind: 'file';
      readonly target: string;
      readonly bytes: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly readOnly: boolean;
    };

/** What the init is asked to do. Comes through a pipe, so that nothing of it can be seen in argv or the environment. */
export interface Job extends Omit<
  ProcessSpec,
  'mounts' | 'stdio' | 'input' | 'onOutput' | 'timeout' | 'limits'
> {
  readonly mounts: readonly JobMount[];
  /** An empty directory that nobody else uses: what is made to be mounted lies in it, in memory. */
  readonly stage: string;
  readonly userxattr: boolean;
  /** Files to write our process id into (cgroups), before anything else. */
  readonly cgroups: readonly string[];
  /** What to become in place of the command: a container runtime, with its configuration but for root and mounts. */
  readonly runtime?: {
    readonly argv: readonly string[];
    readonly id: string;
    readonly config: { readonly mounts: readonly object[] };
  };
  /** Neither namespaces nor mounts: see chroot.ts. */
  readonly chroot?: boolean;
  /** To look after the command, in place of becoming it. */
  readonly supervised?: boolean;
  /** Who started us. */
  readonly starter?: number;
  /** Files of the machine to remove at the end. */
  readonly secrets?: readonly string[];
  /** The standard streams are a terminal: it becomes /dev/console. */
  readonly terminal: boolean;
}

/** Something that had to be made to mount on, in a directory that outlives the sandbox. */
export interface Stub {
  /** Inside. */
  readonly path: string;
  /** Nanoseconds, as decimal digits: the directory's time of change before the stub was made in it, and right after. */
  readonly before: string;
  readonly after: string;
}

/** What the init says, one JSON document a line. */
export type Report =
  | { readonly says: 'alive'; /** In the process table of whoever started it. */ readonly pid: number }
  | {
      readonly says: 'stubs';
      readonly stubs: readonly Stub[];
      /** A directory to remove. */ readonly layer?: string;
    }
  | {
      readonly says: 'ready';
      /** Nanoseconds of CLOCK_MONOTONIC, as decimal digits. */ readonly at: string;
    }
  | { readonly says: 'failed'; readonly step: string; readonly call: string; readonly code: string };
