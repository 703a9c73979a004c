/**
 * golang/ledger/ accounts for every byte of an ELF file: whose it is, what it is, and how that is known. It reads the file alone: no
 * toolchain, no source, stripped or not. It must not know images, terminals or builds.
 */
import type { Binary } from '../binary/read.ts';

/** What a byte is. */
export const byteKinds = [
  'code',
  'inlined code',
  'pclntab',
  'types',
  'read-only data',
  'data',
  'relocations',
  'debug',
  'symbol table',
  'headers',
  'padding',
  'unknown',
] as const;
export type ByteKind = (typeof byteKinds)[number];

/**
 * How the account of a byte is known. `structure`: the file format itself says it. `estimate`: apportioned or guessed; it does
 * not count as assigned. `none`: nothing is known.
 */
export const evidences = [
  'structure',
  'symbol',
  'debug data',
  'pclntab',
  'type data',
  'code reference',
  'data reference',
  'estimate',
  'none',
] as const;
export type Evidence = (typeof evidences)[number];

/** Whom bytes are charged to. */
export interface Account {
  /** `package`: one Go package; `shared`: several packages, equally; `structure`: nobody's, the format needs it; `unattributed`: nothing is known. */
  readonly kind: 'package' | 'shared' | 'structure' | 'unattributed';
  /** Import path as in source (`gopkg.in/yaml.v3`, not `gopkg.in/yaml%2ev3`); `main` is the main package's own import path when build info has it. Else a word for people. */
  readonly name: string;
  readonly group: AccountGroup;
  /** From build info: the module that the package is of, by longest prefix. */
  readonly module?: { readonly path: string; readonly version: string };
}

/**
 * `main`: the main module; `module`: a dependency; `standard`: the standard library but for `runtime` (runtime, runtime/..., internal/runtime/...,
 * internal/abi and what else every program has); `generated`: made by compiler or linker and of no one package; `cgo`: C's code and
 * data; `none`: structure, shared and unattributed.
 */
export type AccountGroup = 'main' | 'module' | 'standard' | 'runtime' | 'generated' | 'cgo' | 'none';

/** Bytes of one account, kind and evidence. */
export interface LedgerRow {
  /** Index into `accounts`. */
  readonly account: number;
  readonly kind: ByteKind;
  readonly evidence: Evidence;
  readonly bytes: number;
}

/** A function that the linker kept, or one that survives only where it was inlined. */
export interface FunctionBytes {
  /** Go's own name: `net/http.(*Server).Serve`, `slices.SortFunc[...]`. */
  readonly name: string;
  /** Index into `accounts`. */
  readonly account: number;
  /** Bytes of its own code, without what was inlined into it. */
  readonly code: number;
  /** Bytes of its code inlined into other functions. */
  readonly inlined: number;
  /** Bytes of tables kept for it: pclntab, funcdata, its name. */
  readonly tables: number;
  /** An instantiation of a generic function. */
  readonly generic: boolean;
  /** As the compiler recorded it, when it did. */
  readonly file?: string;
  readonly line?: number;
}

/** Something else with a name that holds bytes: an embedded file, a long string, a large table. */
export interface NamedBytes {
  readonly name: string;
  readonly what: 'embedded file' | 'string' | 'data' | 'type' | 'debug';
  readonly account: number;
  readonly bytes: number;
}

export interface SectionBytes {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Unpacked bytes of a compressed section. */
  readonly unpacked?: number;
}

/** What kind of file it is, beyond what Binary says. */
export interface Recognised {
  /** `not go`: any other ELF file. */
  readonly form: 'program' | 'pie' | 'c-shared' | 'plugin' | 'object' | 'not go';
  /** Packed by UPX or the like: only the packer's own bytes can be read. */
  readonly packed?: string;
  /** Names were replaced (garble). */
  readonly garbled: boolean;
  readonly race: boolean;
  readonly cgo: boolean;
  /** Build id that the linker left (GNU note), in hex, and Go's own. */
  readonly buildId?: string;
  readonly goBuildId?: string;
}

/** An account of all bytes of a file: the bytes of `rows` sum to `size`, always. Plain data, but for `pieces`. */
export interface Ledger {
  /** Bytes of the file. */
  readonly size: number;
  readonly recognised: Recognised;
  /** Undefined when headers cannot be read. */
  readonly binary?: Omit<Binary, 'hasFunction' | 'links' | 'mentions'>;
  readonly accounts: readonly Account[];
  readonly rows: readonly LedgerRow[];
  /** Largest first by code + inlined + tables. */
  readonly functions: readonly FunctionBytes[];
  readonly named: readonly NamedBytes[];
  readonly sections: readonly SectionBytes[];
  /** What could not be read, one sentence each; the bytes concerned are unattributed. */
  readonly problems: readonly string[];
}

/** The same, byte by byte: piece i covers [start[i], start[i + 1]), the last one ends at the file's end. In columns, as there are millions. */
export interface Pieces {
  readonly start: Float64Array | Uint32Array;
  /** Index into `accounts`. */
  readonly account: Int32Array;
  /** Index into `byteKinds`. */
  readonly kind: Uint8Array;
  /** Index into `evidences`. */
  readonly evidence: Uint8Array;
}
