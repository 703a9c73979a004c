/**
 * parity/ builds Dockerfiles with BuildKit and with Coracle and compares what comes out, entry by entry. A case is data: a context, a
 * Dockerfile, options, and what is expected of the pair.
 */
import type { ErrorCode } from '../../src/core/error-codes.ts';

/** Something in a context. Names are latin1: each char is a byte. Parents are made as needed. */
export interface ContextEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo';
  /** Files: content; symlinks and hard links: what they refer to. */
  readonly content: string;
  readonly mode?: number;
  /** Seconds since the epoch; `usualTime` unless given. */
  readonly mtime?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Files: that many zero bytes behind the content, as a hole. */
  readonly hole?: number;
}

export const usualTime = Date.UTC(2020, 0, 2, 3, 4, 5) / 1000;

type Attributes = Pick<ContextEntry, 'mode' | 'mtime' | 'xattrs' | 'hole'>;

/** `content` is text; for bytes, pass a Buffer. */
export function file(
  name: string,
  content: string | Buffer = `${name}\n`,
  more: Attributes = {},
): ContextEntry {
  return { name, type: 'file', content: Buffer.from(content).toString('latin1'), ...more };
}

export function directory(name: string, more: Attributes = {}): ContextEntry {
  return { name, type: 'directory', content: '', ...more };
}

export function symlink(name: string, target: string): ContextEntry {
  return { name, type: 'symlink', content: target };
}

export function hardlink(name: string, other: string): ContextEntry {
  return { name, type: 'hardlink', content: other };
}

export function fifo(name: string): ContextEntry {
  return { name, type: 'fifo', content: '' };
}

/** What `--build-context name=…` names. */
export type NamedContext =
  | { readonly files: readonly ContextEntry[] }
  /** A base in the local registry. */
  | { readonly image: string }
  /** The same base as an OCI layout. */
  | { readonly layout: string };

export interface Options {
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly contexts?: Readonly<Record<string, NamedContext>>;
  readonly addHosts?: Readonly<Record<string, string>>;
  readonly network?: 'host' | 'none';
  readonly shmSize?: string;
  readonly ulimits?: readonly string[];
  readonly secrets?: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>;
  /** An SSH agent with one key, as `default` or by this name. */
  readonly ssh?: string;
  /** Where the context comes from: a directory unless given; a tar on standard input; or an address. */
  readonly context?: 'tar' | 'tar.gz' | { readonly address: string };
  /** The Dockerfile's name inside the context; it is beside the context unless given. `-` is standard input. */
  readonly dockerfile?: string;
}

export type Expectation =
  | 'same'
  /** Both refuse; ours with this code. */
  | { readonly fails: ErrorCode }
  /** Ours refuses, or differs, on purpose; the difference's lines must match, and it must be there. */
  | {
      readonly differs: string;
      readonly lines: RegExp;
      /** BuildKit itself does now one thing, now the other. */
      readonly sometimes?: true;
    };

export interface Case {
  readonly name: string;
  /** `@registry@`, `@http@` and `@git@` stand for the addresses of this run. */
  readonly dockerfile: string | Buffer;
  readonly files?: readonly ContextEntry[];
  readonly options?: Options;
  /** What `@http@` serves: path → answer. */
  readonly http?: Readonly<Record<string, HttpAnswer>>;
  /** What `@git@` serves: a repository with these files on `main`, tagged v1, and then a second commit with `more`. */
  readonly git?: { readonly files: readonly ContextEntry[]; readonly more?: readonly ContextEntry[] };
  /** What it shows, as `INSTRUCTION` or `INSTRUCTION --option`; see coverage.ts. */
  readonly covers: readonly string[];
  /** Its steps give files to users that a user without subordinate ids does not have. */
  readonly manyIds?: boolean;
  /** Only root can do it: device nodes, mounts of one's own. */
  readonly rootOnly?: string;
  /** What a step in a chroot lacks for it. */
  readonly noChroot?: string;
  readonly expect?: Expectation;
  /** Paths whose content the clock or the machine decides. */
  readonly unlike?: readonly string[];
  /** BuildKit's own Dockerfile where ours has what it would fetch from afar (`# syntax=`). */
  readonly kitDockerfile?: string;
}

export interface HttpAnswer {
  readonly body: string | Buffer;
  readonly lastModified?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
}

/** True when building the case runs processes. */
export function runsSteps({ dockerfile }: Case): boolean {
  return /^\s*(onbuild\s+)?run\s|onbuild-run/im.test(dockerfile.toString('latin1'));
}

/** A Dockerfile's lines, each ended. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** The base of most cases: busybox with a few users. */
export const busybox = 'FROM @registry@/busybox';
