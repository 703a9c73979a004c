/**
 * cli/ is the door for people: one file per verb, which says in data what it accepts, calls one workflow and chooses a renderer.
 * It must not hold logic of its own; what a verb does lives in a workflow room.
 *
 * The flags of a verb are one table. The parser, `--help`, docs/verbs and the completion scripts are all made from it.
 */
import type { Ctx } from '../core/ctx.ts';
import type { Out } from './out.ts';

/** What a shell may offer as the value of a flag or an argument. */
export type Completes = 'file' | 'directory' | 'image';

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly type: 'boolean' | 'string';
  /** The value's name in help, in capitals; only for `string`. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** On unless turned off: help shows `--no-NAME`. Any boolean takes `--NAME=false` too. */
  readonly on?: boolean;
  readonly choices?: readonly string[];
  /** What help says is taken when the flag is not given. */
  readonly default?: string;
  /** One or more sentences, shown in help. */
  readonly help: string;
  /** The key of coracle.yaml that says the same. */
  readonly config?: string;
  /** A heading in help. */
  readonly group?: string;
  /** Other names, understood and not shown. */
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  readonly completes?: Completes;
}

export interface Arg {
  /** In capitals. */
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  readonly repeatable?: boolean;
  readonly completes?: Completes;
  readonly choices?: readonly string[];
}

type Named<F extends readonly Flag[], T extends Flag['type']> = Extract<
  F[number],
  { readonly type: T }
>['name'];

/** What was typed, checked against the verb's table. Asking for a flag that the table does not have is a type error. */
export interface Parsed<B extends string = string, S extends string = string> {
  readonly args: readonly string[];
  /** What stands behind `--`, unread. */
  readonly rest: readonly string[];
  /** Undefined when the flag was not given. */
  flag(name: B): boolean | undefined;
  /** The last one given. */
  value(name: S): string | undefined;
  values(name: S): readonly string[];
}

interface VerbBase {
  readonly name: string;
  /** A few words for the list of verbs. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: string;
  readonly args: readonly Arg[];
  readonly flags: readonly Flag[];
  readonly examples: readonly { readonly command: string; readonly what: string }[];
  /** Takes words behind `--`. */
  readonly rest?: string;
}

/** A verb that does something. Gives the exit code. */
export interface ActingVerb extends VerbBase {
  run(ctx: Ctx, input: Parsed, out: Out): Promise<number>;
}

/** A verb that is a family: `toolchain list`. */
export interface FamilyVerb extends VerbBase {
  readonly verbs: readonly ActingVerb[];
}

export type Verb = ActingVerb | FamilyVerb;

/** Makes a verb whose `run` can only ask for flags that its table has. */
export function defineVerb<const F extends readonly Flag[]>(
  verb: Omit<VerbBase, 'flags'> & {
    readonly flags: F;
    run(ctx: Ctx, input: Parsed<Named<F, 'boolean'>, Named<F, 'string'>>, out: Out): Promise<number>;
  },
): ActingVerb {
  return verb;
}

export function isFamily(verb: Verb): verb is FamilyVerb {
  return 'verbs' in verb;
}

/** Flags that every verb has. */
export const globalFlags = [
  {
    name: 'progress',
    type: 'string',
    value: 'MODE',
    choices: ['auto', 'tty', 'plain', 'json', 'quiet'],
    default: 'auto',
    help: 'How to show progress on stderr. `auto` is `tty` on a terminal, else `plain`.',
    group: 'Global',
  },
  {
    name: 'quiet',
    short: 'q',
    type: 'boolean',
    help: 'Show no progress, and only the essence of the result.',
    group: 'Global',
  },
  {
    name: 'json',
    type: 'boolean',
    help: 'Print the result as one JSON document; see docs/schemas.',
    group: 'Global',
  },
  {
    name: 'debug',
    type: 'boolean',
    help: 'Print stack traces of errors and where time went.',
    group: 'Global',
  },
  { name: 'help', short: 'h', type: 'boolean', help: 'Print this help.', group: 'Global' },
] as const satisfies readonly Flag[];
