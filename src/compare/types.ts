/**
 * compare/ builds one program by several methods, starts each result, and measures. What could not be measured is never guessed. It must
 * not know flags or how results look.
 */
import type { Descriptor } from '../oci/types.ts';

/** The seven, in the order of tables; methods/ has one file for each. */
export const methodNames = [
  'toolchain',
  'distro',
  'alpine',
  'scratch',
  'distalpine',
  'distroless',
  'coracle',
] as const;
export type MethodName = (typeof methodNames)[number];

/** A figure that was measured; or why there is none, which is shown as a dash. */
export type Measured<T = number> =
  | {
      readonly value: T;
      /** Least and greatest of several, when `value` is their median. */
      readonly spread?: readonly [T, T];
      /** How many `value` is the median of. */
      readonly of?: number;
      /** When it was measured, where it is kept from an earlier run: ISO 8601. */
      readonly at?: string;
    }
  | { readonly missing: string };

/** All bytes are bytes, all times milliseconds. */
export interface Figures {
  /** Manifest, config and compressed layers: what a pull moves. */
  readonly size: Measured;
  readonly unpacked: Measured;
  readonly layers: Measured;
  readonly files: Measured;
  /** Of a package database in it. */
  readonly packages: Measured;
  readonly setuid: Measured;
  /** Absolute paths. */
  readonly shells: Measured<readonly string[]>;
  readonly packageManagers: Measured<readonly string[]>;
  /** Whether it runs as root. */
  readonly root: Measured<boolean>;
  /** What a second release, one line of the program changed, moves to where the first one lies. */
  readonly secondRelease: Measured;
  /** With --build-times. */
  readonly coldBuild?: Measured;
  readonly changedBuild?: Measured;
  readonly unchangedBuild?: Measured;
  /** From starting the process to the first ready answer. */
  readonly start: Measured;
  /** Resident, of all its processes, when it is ready. */
  readonly memory: Measured;
}
export type FigureName = keyof Figures;

/** How "ready" is found out. */
export type Probe =
  | { readonly kind: 'http'; readonly port: number; readonly path: string; readonly why: string }
  | { readonly kind: 'tcp'; readonly port: number; readonly why: string }
  /** The program ends by itself, with this code. */
  | { readonly kind: 'exit'; readonly code: number; readonly why: string }
  /** It cannot: nothing is started, and `why` is the reason of every dash. */
  | { readonly kind: 'none'; readonly why: string };

/** Why a method cannot be used for this program. That is a result too. */
export interface Failure {
  readonly phase: 'build' | 'start';
  /** What the program needs and the method lacks, when that could be told. */
  readonly lacks?:
    'shell' | 'CA bundle' | 'time zones' | 'libc' | 'library' | 'user' | 'home' | 'temporary directory';
  /** One sentence. */
  readonly cause: string;
  /** The last lines that the program or the compiler said. */
  readonly said: readonly string[];
}

/** What one method came to. */
export interface MethodResult {
  /** A method's name, or a Dockerfile or image as it was given with --with. */
  readonly name: string;
  readonly kind: 'method' | 'dockerfile' | 'image';
  /** One sentence: what is built how, onto what. */
  readonly means: string;
  /** What must be said wherever the result is shown: that a base is an equivalent, and of what. */
  readonly statement?: string;
  readonly failure?: Failure;
  /** In the store. Undefined when it could not be built. */
  readonly image?: { readonly reference: string; readonly descriptor: Descriptor };
  readonly figures: Figures;
  /** The Dockerfile that it is, as --emit writes it; undefined for an image that was given. */
  readonly dockerfile?: string;
  /** What the image holds and lacks, one short line each, in an order that is the same for all. */
  readonly holds: readonly Holding[];
}

/** A thing that a program may need or an attacker may use, and whether an image has it. */
export interface Holding {
  /** `CA bundle`, `time zones`, `libc`, `a shell`, `a package manager`, `a compiler`, `users`, `/tmp`. */
  readonly what: string;
  /** Where it lies, or how much of it there is; undefined when it is not there. */
  readonly where?: string;
  /** `gain` when programs need it, `risk` when attackers use it. */
  readonly kind: 'gain' | 'risk';
}

/** Which method for this program, and why. */
export interface Decision {
  readonly method: string;
  /** The way through the tree of decisions: what was asked of the program, and the answer. */
  readonly path: readonly { readonly question: string; readonly answer: string; readonly because: string }[];
  readonly reasons: readonly string[];
}

export interface Comparison {
  /** As it was named. */
  readonly what: string;
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  readonly machine: { readonly cores: number; readonly processor: string; readonly kernel: string };
  readonly platform: string;
  readonly goVersion: string;
  /** Does the program compile C? */
  readonly cgo: boolean;
  readonly probe: Probe;
  /** Starts that each median is of. */
  readonly starts: number;
  readonly results: readonly MethodResult[];
  readonly decision: Decision;
  /** Said below every table: which Alpine it is, what warms the caches, what was not measured and why. */
  readonly notes: readonly string[];
}

/** `--gate`: a condition on one figure of one method. */
export interface Gate {
  readonly text: string;
  readonly method: string;
  readonly figure: FigureName;
  readonly operator: '<' | '<=' | '>' | '>=' | '=';
  readonly value: number;
}

export interface GateResult extends Gate {
  readonly held: boolean;
  /** The figure, or why there is none: a condition on it then does not hold. */
  readonly found: Measured<number | boolean | readonly string[]>;
}
