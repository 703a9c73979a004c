import type { Mount, Ulimit } from '../sandbox/types.ts';

/** What `coracle run` was asked for; texts are as the user wrote them and checked when they are used. */
export interface RunRequest {
  /** A name, the beginning of a digest, `oci:PATH`, `docker-archive:PATH`. */
  readonly image: string;
  /** In place of the image's CMD; empty for that. */
  readonly args: readonly string[];
  readonly access: { readonly insecure: readonly string[]; readonly ca?: string };
  readonly platform?: string;
  readonly process: ProcessRequest;
  readonly sandbox: 'auto' | 'builtin' | 'runc' | 'chroot';
}

/** How the process is to run, whatever image it runs in. */
export interface ProcessRequest {
  /** In place of the image's; an empty text takes it away. */
  readonly entrypoint?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname?: string;
  /** `NAME=VALUE`, or a name whose value is taken from here. */
  readonly env: readonly string[];
  readonly envFiles: readonly string[];
  /** `[ADDRESS:][HOST:]CONTAINER[/udp]`. */
  readonly ports: readonly string[];
  /** `HOST:CONTAINER[:ro]`. */
  readonly volumes: readonly string[];
  readonly tmpfs: readonly Extract<Mount, { kind: 'tmpfs' }>[];
  readonly network: 'host' | 'none';
  readonly addHosts: readonly { readonly name: string; readonly address: string }[];
  readonly readOnly: boolean;
  /** Bytes. */
  readonly memory?: number;
  readonly cpus?: number;
  readonly pids?: number;
  /** Bytes. */
  readonly shmSize?: number;
  readonly ulimits: readonly Ulimit[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** Its streams are a terminal; else they are ours. */
  readonly tty: boolean;
  /** Seconds between a request to stop and the end. */
  readonly stopTimeout: number;
}
