/**
 * compare/flags/ builds one program under each build option alone and under the good ones together, and measures what each saves and
 * what it costs in speed. It must not know flags of the command line or how results look.
 */
import type { CompareRequest } from '../request.ts';
import type { Measured } from '../types.ts';

/** The options, in the order of tables; options.ts says what each is. */
export const optionNames = [
  'strip',
  'trimpath',
  'no-inline',
  'cgo-on',
  'cgo-off',
  'netgo',
  'level-2',
  'level-3',
  'level-4',
  'pie',
  'static',
  'static-musl',
  'c-size',
  'c-lto',
  'c-sections',
] as const;
export type OptionName = (typeof optionNames)[number];

export interface FlagsRequest {
  /** What is compared; of its configuration, tags, linker flags and environment stay in every build. */
  readonly compare: CompareRequest;
  /** Only these options; undefined: all. */
  readonly only?: readonly OptionName[];
  /** Leave the cost in speed out. */
  readonly sizeOnly?: boolean;
  /** Longest time that benchmarks or starts may take, in milliseconds. */
  readonly longest?: number;
}

/** How the cost in speed was found out. */
export type SpeedMethod =
  | {
      readonly kind: 'benchmarks';
      /** How many there are, and of which packages, by import path. */
      readonly benchmarks: number;
      readonly packages: readonly string[];
      /** How often each program ran, in turn with the others. */
      readonly rounds: number;
      /** What was left out, and why: benchmarks that failed, packages that there was no time for. */
      readonly leftOut: readonly string[];
    }
  | {
      readonly kind: 'start';
      readonly rounds: number;
      readonly probe: string;
      /** Milliseconds that the default takes, the median. */
      readonly milliseconds: number;
    }
  | { readonly kind: 'none'; readonly why: string };

/** Why an option gave no program. */
export interface Refusal {
  /** One sentence. */
  readonly cause: string;
  /** The first lines that the compiler said. */
  readonly said: readonly string[];
}

/** What one way to build came to. */
export interface OptionResult {
  /** An option's name; `default`, `together`. */
  readonly name: OptionName | 'default' | 'together';
  /** As one would say it to the go command: `-ldflags='-s -w'`. */
  readonly means: string;
  /** Why it was not built: it changes nothing, or cannot be had here. */
  readonly skipped?: string;
  /** Why it could not be built. That is a result too. */
  readonly refusal?: Refusal;
  /** Bytes of the linked program. */
  readonly size: Measured;
  /** Bytes of it, compressed as its layer would be. */
  readonly compressed: Measured;
  /** Bytes less than the default; below 0 when it grew. */
  readonly saved: Measured;
  readonly savedCompressed: Measured;
  /** Time in proportion to the default's, over all benchmarks (geometric mean), or of the start: 1.05 is 5 % slower. */
  readonly slowdown: Measured;
  /** Its code is the default's, so it is as fast, and was not timed. */
  readonly sameCode?: true;
  /** What the program asks of its image; undefined for a static one. */
  readonly needs?: { readonly interpreter: string; readonly libraries: readonly string[] };
  /** Of `together`: the options that it is made of. */
  readonly of?: readonly OptionName[];
  /** Why the program is not the same with it, so that it is no way to save. */
  readonly loses?: string;
  /** Why it is not among the winners whatever it saves. */
  readonly notChosen?: string;
}

/** An option that saves without costing, and how coracle.yaml says it. */
export interface Winner {
  readonly name: OptionName;
  /** Why it won, in figures. */
  readonly because: string;
  /** Empty when every build of Coracle's does it. */
  readonly settings: readonly Setting[];
}

/** One value of coracle.yaml. */
export type Setting =
  | { readonly key: readonly string[]; readonly value: string | boolean }
  /** Items that a list must hold. */
  | { readonly key: readonly string[]; readonly items: readonly string[] };

export interface FlagsComparison {
  /** As it was named. */
  readonly what: string;
  /** The main package's import path. */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  readonly machine: { readonly cores: number; readonly processor: string; readonly kernel: string };
  readonly platform: string;
  readonly goVersion: string;
  /** Does the program compile C of its own or of its modules? */
  readonly cgo: boolean;
  readonly speed: SpeedMethod;
  /** How far the default is from itself, measured twice in each round: 0.02 is 2 %. Less than that is no difference. */
  readonly noise: Measured;
  /** A winner saves at least this part of the default's bytes, compressed or not: 0.005 is half a percent. */
  readonly threshold: number;
  /** Plain `go build`. */
  readonly baseline: OptionResult;
  readonly options: readonly OptionResult[];
  /** All winners in one program. */
  readonly together?: OptionResult;
  readonly winners: readonly Winner[];
  readonly notes: readonly string[];
}
