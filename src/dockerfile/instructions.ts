/** The instructions of a Dockerfile, typed, with all words as written: expansion is the business of lower.ts, which knows the variables. */
import type { Span } from './syntax.ts';

/**
 * A word as written, quotes and escapes included. A word of a flag or of a JSON array is without its outer quotes: expansion takes it
 * as it is here.
 */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

interface Base {
  readonly span: Span;
  /** As it shows in progress and history: the instruction's own text, continuations joined, without comments. */
  readonly source: string;
}

/**
 * A command in either form. Shell: one string for the SHELL, the bodies of heredocs included where the shell has to read them. Exec: an
 * argument list, never expanded.
 */
export type CommandForm =
  | {
      readonly form: 'shell';
      readonly script: string;
      readonly heredocs: readonly InlineFile[];
      /** The command is this heredoc and nothing else: `script` is its content, and a `#!` at its start names what runs it. */
      readonly inline?: InlineFile;
    }
  | { readonly form: 'exec'; readonly argv: readonly string[] };

export interface InlineFile {
  readonly name: string;
  /** Tabs taken away for `<<-`. */
  readonly content: string;
  readonly expand: boolean;
  readonly chomp: boolean;
  readonly span: Span;
}

export interface FromInstruction extends Base {
  readonly kind: 'from';
  readonly image: Word;
  readonly platform?: Word;
  /** Lower case. */
  readonly as?: string;
}
export interface ArgInstruction extends Base {
  readonly kind: 'arg';
  readonly args: readonly { readonly name: string; readonly value?: Word; readonly span: Span }[];
}
export interface RunInstruction extends Base {
  readonly kind: 'run';
  readonly command: CommandForm;
  readonly mounts: readonly MountOptions[];
  readonly network?: Word;
  readonly security?: Word;
}
/** One `--mount`, its options as written (a Word each); names and which of them there may be are checked. */
export interface MountOptions {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** Canonical names: target, source, from, readonly, id, sharing, mode, uid, gid, size, required, env. A bare option has the value `true`. */
  readonly options: ReadonlyMap<string, Word>;
  readonly span: Span;
}
export interface CopyInstruction extends Base {
  readonly kind: 'copy' | 'add';
  readonly sources: readonly (
    { readonly kind: 'path'; readonly word: Word } | { readonly kind: 'inline'; readonly file: InlineFile }
  )[];
  readonly dest: Word;
  readonly from?: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly Word[];
  /** ADD. */
  readonly checksum?: Word;
  readonly keepGitDir?: boolean;
  readonly unpack?: boolean;
}
export interface EnvInstruction extends Base {
  readonly kind: 'env' | 'label';
  readonly pairs: readonly { readonly name: Word; readonly value: Word }[];
}
export interface ExposeInstruction extends Base {
  readonly kind: 'expose';
  readonly ports: readonly Word[];
}
export interface VolumeInstruction extends Base {
  readonly kind: 'volume';
  readonly volumes: readonly Word[];
}
export interface WordInstruction extends Base {
  readonly kind: 'user' | 'workdir' | 'stopsignal';
  readonly value: Word;
}
export interface MaintainerInstruction extends Base {
  readonly kind: 'maintainer';
  readonly value: string;
}
export interface CommandInstruction extends Base {
  readonly kind: 'cmd' | 'entrypoint';
  readonly command: CommandForm;
}
export interface ShellInstruction extends Base {
  readonly kind: 'shell';
  readonly argv: readonly string[];
}
export interface HealthcheckInstruction extends Base {
  readonly kind: 'healthcheck';
  /** Undefined for NONE. */
  readonly command?: CommandForm;
  /** Flags as written: interval, timeout, start-period, start-interval, retries. */
  readonly options: ReadonlyMap<string, Word>;
}
export interface OnbuildInstruction extends Base {
  readonly kind: 'onbuild';
  /** The instruction's text, to be parsed in the build that is based on this image. */
  readonly trigger: string;
}

export type Instruction =
  | FromInstruction
  | ArgInstruction
  | RunInstruction
  | CopyInstruction
  | EnvInstruction
  | ExposeInstruction
  | VolumeInstruction
  | WordInstruction
  | MaintainerInstruction
  | CommandInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;
