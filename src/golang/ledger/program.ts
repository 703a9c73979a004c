import type { Elf } from '../binary/elf.ts';
import type { BuildInfo } from '../binary/module-info.ts';
import type { WordForm } from '../binary/words.ts';
import type { Relocations } from './relocations.ts';

/** A Go program laid open for its ledger: all bytes in memory, its tables found. Sources of evidence read it and claim bytes. */
export interface Program extends WordForm {
  readonly name: string;
  /** As long as the file. Code, debug data and symbol table read as zero where the file is not in memory: see file-bytes.ts. */
  readonly bytes: Buffer;
  /** Bytes of the file. */
  readonly size: number;
  readonly elf: Elf;
  readonly goVersion?: string;
  /** Minor version of Go: 26 of go1.26.8; by the layout of the tables when build info is not there. */
  readonly minor: number;
  readonly buildInfo?: BuildInfo;
  /** Bytes of a pointer. */
  readonly pointer: 4 | 8;
  /** Offset in the file of the byte at a memory address; -1 when it is not in the file. */
  offsetOf(address: number): number;
  /** The memory address at an offset in the file; -1 when it is not loaded. */
  addressOf(offset: number): number;
  readonly pclntab?: Pclntab;
  readonly moduledata?: Moduledata;
  /** A pointer-sized word at an offset in the file, with relocations applied (PIE: the addend that the loader would write). */
  pointerAt(offset: number): number;
  /** What the loader of a position-independent file writes; none of them for others. */
  readonly relocations: Relocations;
}

/** The function table and its satellites, all layouts made alike. Offsets are in the file; sizes in bytes. */
export interface Pclntab {
  readonly layout: '1.2' | '1.16' | '1.18' | '1.20';
  readonly offset: number;
  readonly size: number;
  readonly functionCount: number;
  /** Memory address of the text that function entries are relative to; 0 when they are absolute. */
  readonly textStart: number;
  /** In order of address; `entry` has functionCount + 1 elements, the last one is the end of the text. */
  readonly entry: Float64Array;
  /** Offset in the file of each function's record. */
  readonly record: Float64Array;
  /** The name in symbol form. */
  nameOf(index: number): string;
  /** The package in symbol form (escaped), '' when there is none (C's functions, linker's symbols). */
  packageOf(index: number): string;
  /** Index of the function that has the address in its code; -1. */
  functionAt(address: number): number;
}

/** The runtime's own description of the program (runtime.moduledata). Memory addresses, 0 when that version has none. */
export interface Moduledata {
  readonly offset: number;
  readonly size: number;
  readonly text: number;
  readonly etext: number;
  readonly noptrdata: number;
  readonly enoptrdata: number;
  readonly data: number;
  readonly edata: number;
  readonly rodata: number;
  readonly gofunc: number;
  readonly types: number;
  readonly etypes: number;
  /** Bytes of descriptors that stand in a row from `types` on (Go 1.27). */
  readonly typedesclen: number;
  readonly itabs: { readonly address: number; readonly size: number };
  readonly typelinks: { readonly address: number; readonly count: number };
  readonly itablinks: { readonly address: number; readonly count: number };
  readonly findfunctab: number;
  readonly gcdata: number;
  readonly gcbss: number;
}
