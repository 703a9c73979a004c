import type { FunctionTables } from './pclntab.ts';
import type { BytesReader } from './program-words.ts';
import type { Program } from './program.ts';

/** How a Go version writes which functions were inlined into a function (runtime/symtabinl.go, before Go 1.21 runtime/symtab.go). */
export interface InlineForm {
  /** Number of the pcdata table that gives the entry for a program counter, -1 for the function's own code. */
  readonly pcdata: number;
  /** Number of the funcdata that is the list of entries. */
  readonly funcdata: number;
  /** Bytes of an entry, and where in it the name's offset is. */
  readonly entry: number;
  readonly name: number;
  /** Where in it the place of the call stands, as bytes from the function's entry; undefined before Go 1.12. */
  readonly parent?: number;
}

/** Undefined before Go 1.9. */
export function inlineForm(layout: FunctionTables['layout'], minor: number): InlineForm | undefined {
  if (layout === '1.20') return { pcdata: 2, funcdata: 3, entry: 16, name: 4, parent: 8 };
  if (layout === '1.18' || layout === '1.16')
    return { pcdata: 2, funcdata: 3, entry: 20, name: 12, parent: 16 };
  if (minor >= 13) return { pcdata: 2, funcdata: 4, entry: 20, name: 12, parent: 16 };
  if (minor === 12) return { pcdata: 1, funcdata: 2, entry: 20, name: 12, parent: 16 };
  return minor >= 9 ? { pcdata: 1, funcdata: 2, entry: 16, name: 12 } : undefined;
}

/** Offset in the file of what a function's funcdata refers to; -1 when there is none. */
export type FuncdataPlace = (index: number, table: number) => number;

/** Funcdata are counted from runtime.gofunc since Go 1.18; before, they are addresses. */
export function funcdataPlace(program: Program, tables: FunctionTables): FuncdataPlace {
  if (tables.layout === '1.2' || tables.layout === '1.16') {
    return (index, table) => {
      const address = tables.funcdata(index, table);
      return address <= 0 ? -1 : program.offsetOf(address);
    };
  }
  const base = program.moduledata ? program.offsetOf(program.moduledata.gofunc) : -1;
  const end = program.bytes.length;
  return (index, table) => {
    const offset = base < 0 ? -1 : tables.funcdata(index, table);
    return offset < 0 || base + offset >= end ? -1 : base + offset;
  };
}

/** Reads inline trees. */
export interface InlineTrees {
  /** Place of the pcdata table for a function; 0 when nothing was inlined into it. */
  table(index: number): number;
  /** Offset of the name of the function that an entry stands for. */
  name(tree: number, entry: number): number;
  /** Bytes from the function's entry to the call that an entry stands for; -1 when that is not written. */
  call(tree: number, entry: number): number;
  /** Place in the file of a function's entries; -1. */
  tree(index: number): number;
}

export function inlineTrees(
  reader: BytesReader,
  tables: FunctionTables,
  place: FuncdataPlace,
  form: InlineForm | undefined,
): InlineTrees {
  if (!form) return { table: () => 0, name: () => 0, call: () => -1, tree: () => -1 };
  const { parent } = form;
  return {
    table: (index) => tables.pcdata(index, form.pcdata),
    tree: (index) => place(index, form.funcdata),
    name: (tree, entry) => reader.u32(tree + entry * form.entry + form.name),
    call: (tree, entry) => (parent === undefined ? -1 : reader.u32(tree + entry * form.entry + parent)),
  };
}
