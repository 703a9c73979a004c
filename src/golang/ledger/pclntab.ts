import { cPackage } from './accounts.ts';
import { makeOrigins } from './pclntab-origin.ts';
import type { Pclntab } from './program.ts';
import type { BytesReader } from './program-words.ts';
import { functionNames } from './pclntab-names.ts';

/** A range of the file. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** The whole function table: what the contract promises, and what its own bytes are made of. */
export interface FunctionTables extends Pclntab {
  /** Bytes of the smallest instruction; program counters in tables are in these. */
  readonly quantum: number;
  readonly names: Range;
  /** File numbers of each compile unit to places in `files`; Go 1.16 and later. */
  readonly cutab?: Range;
  readonly files: Range;
  readonly pctab: Range;
  readonly header: Range;
  readonly functab: Range;
  readonly record: Float64Array;
  readonly layoutOfRecord: RecordLayout;
  nameOffset(index: number): number;
  /** Offset in `names` to a name, for the inline tree. */
  nameAt(offset: number): string;
  packageAt(offset: number): string;
  field(index: number, at: number): number;
  /** The package that each compile unit is of, by its place in cutab; empty before Go 1.16. */
  units(): ReadonlyMap<number, string>;
  pcdataCount(index: number): number;
  funcdataCount(index: number): number;
  /** Offset into pctab; 0 when there is no such table. */
  pcdata(index: number, table: number): number;
  /** As it stands: an address up to Go 1.17, an offset from gofunc since; -1 when there is none. */
  funcdata(index: number, table: number): number;
  /** Bytes of the record with the lists behind it. */
  recordSize(index: number): number;
}

/** Where the fields of a function's record (runtime._func) are. */
export interface RecordLayout {
  /** Bytes of the entry field: a pointer up to Go 1.17, then a 32-bit offset. */
  readonly entry: number;
  /** Bytes before the list of pcdata. */
  readonly head: number;
  readonly pcsp: number;
  readonly pcfile: number;
  readonly pcln: number;
  readonly pcdataCount: number;
  /** -1 before Go 1.16. */
  readonly unit: number;
  /** -1 before Go 1.20. */
  readonly startLine: number;
  /** Place of the count's byte; `funcdataWord` when it is a whole word (up to Go 1.11). */
  readonly funcdataCount: number;
  readonly funcdataWord: boolean;
  /** Bytes of an entry in the list of funcdata. */
  readonly funcdata: number;
}

const layouts: Readonly<Record<number, Pclntab['layout']>> = {
  0xfffffff1: '1.20',
  0xfffffff0: '1.18',
  0xfffffffa: '1.16',
  0xfffffffb: '1.2',
};

/** What the header says, checked; undefined when no table starts at `at`. `limit`: the offset that it cannot reach beyond. */
export interface PclntabHeader {
  readonly layout: Pclntab['layout'];
  /** False when obfuscation put another number in its place. */
  readonly magicKnown: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly quantum: number;
  readonly count: number;
  /** Place of the header's own text address, when the layout has one. */
  readonly textStartAt: number;
  readonly names: Range;
  readonly cutab?: Range;
  readonly files: Range;
  readonly pctab: Range;
  /** Start of functab, which function records are counted from. */
  readonly functions: number;
  readonly functab: Range;
  readonly size: number;
}

export function readHeader(
  reader: BytesReader,
  at: number,
  limit: number,
  pointer: 4 | 8,
  anyMagic = false,
): PclntabHeader | undefined {
  const known = layouts[reader.u32(at)];
  const layout = known ?? (anyMagic ? '1.20' : undefined);
  const quantum = reader.u8(at + 6);
  const sound = reader.u16(at + 4) === 0 && [1, 2, 4].includes(quantum) && reader.u8(at + 7) === pointer;
  if (!layout || !sound || at + 8 + 8 * pointer > limit) return undefined;
  const count = reader.word(at + 8);
  const common = { layout, magicKnown: known !== undefined, offset: at, limit, quantum, count };
  return layout === '1.2' ? headerOfGo12(reader, common, pointer) : laterHeader(reader, common, pointer);
}

type Common = Pick<PclntabHeader, 'layout' | 'magicKnown' | 'offset' | 'limit' | 'quantum' | 'count'>;

/** Go 1.2 to 1.15: names, pc tables and records stand mixed; all places count from the table's start. */
function headerOfGo12(reader: BytesReader, common: Common, pointer: 4 | 8): PclntabHeader | undefined {
  const { offset, limit, count } = common;
  const start = offset + 8 + pointer;
  const size = (2 * count + 1) * pointer;
  if (count < 1 || start + size + 4 > limit) return undefined;
  const files = offset + reader.u32(start + size);
  const fileCount = reader.u32(files);
  if (files <= start || files + 4 * fileCount > limit) return undefined;
  const all = { offset, size: limit - offset };
  return {
    ...common,
    textStartAt: -1,
    names: all,
    files: { offset: files, size: 4 * fileCount },
    pctab: all,
    functions: offset,
    functab: { offset: start, size: size + 4 },
    size: limit - offset,
  };
}

function laterHeader(reader: BytesReader, common: Common, pointer: 4 | 8): PclntabHeader | undefined {
  const { layout, offset, limit, count } = common;
  const old = layout === '1.16';
  const first = old ? 2 : 3;
  const place = (index: number): number => offset + reader.word(offset + 8 + index * pointer);
  const places = [0, 1, 2, 3, 4].map((index) => place(first + index));
  const [names = 0, cutab = 0, files = 0, pctab = 0, functions = 0] = places;
  const ordered = places.every((one, index) => one >= (places[index - 1] ?? offset + 8) && one < limit);
  const size = old ? (2 * count + 1) * pointer : (2 * count + 1) * 4;
  if (!ordered || count < 1 || functions + size > limit) return undefined;
  return {
    ...common,
    textStartAt: old ? -1 : offset + 8 + 2 * pointer,
    names: { offset: names, size: cutab - names },
    cutab: { offset: cutab, size: files - cutab },
    files: { offset: files, size: pctab - files },
    pctab: { offset: pctab, size: functions - pctab },
    functions,
    functab: { offset: functions, size },
    size: limit - offset,
  };
}

/** What a table is read by. */
export interface PclntabContext {
  readonly reader: BytesReader;
  readonly pointer: 4 | 8;
  readonly littleEndian: boolean;
  /** Memory address that entries count from (Go 1.18 and later). */
  readonly textStart: number;
  /** Of Go's version, when it is known. */
  readonly minor: number | undefined;
  /** As in Program: before Go 1.18 the table has addresses, which are relocated in a position-independent file. */
  pointerAt(offset: number): number;
}

export function openPclntab(header: PclntabHeader, context: PclntabContext): FunctionTables {
  const { reader, pointer, textStart, pointerAt } = context;
  const { count, functab, functions, limit } = header;
  const absolute = header.layout === '1.2' || header.layout === '1.16';
  const width = absolute ? pointer : 4;
  const word = absolute ? reader.word : reader.u32;
  const address = absolute ? pointerAt : reader.u32;
  const base = absolute ? 0 : textStart;
  const entry = new Float64Array(count + 1);
  const record = new Float64Array(count);
  for (let index = 0; index <= count; index++) {
    const at = functab.offset + 2 * index * width;
    entry[index] = base + address(at);
    if (index < count) record[index] = functions + word(at + width);
  }
  const layout = recordLayout(header, record, context);
  const place = (index: number): number => {
    const at = record[index] ?? 0;
    return at > 0 && at + layout.head <= limit ? at : Number.NEGATIVE_INFINITY;
  };
  const field = (index: number, at: number): number => reader.u32(place(index) + at);
  const pcdataCount = (index: number): number => bounded(field(index, layout.pcdataCount), 64);
  const funcdataCount = (index: number): number => {
    const at = place(index) + layout.funcdataCount;
    return bounded(layout.funcdataWord ? reader.u32(at) : reader.u8(at), 64);
  };
  const funcdataAt = (index: number): number => {
    const at = layout.head + 4 * pcdataCount(index);
    // A list of pointers stands where pointers may: the record itself does.
    return place(index) + Math.ceil(at / layout.funcdata) * layout.funcdata;
  };
  const { nameAt, packageAt } = functionNames(reader, header.names);
  const nameOffset = (index: number): number => field(index, layout.entry);
  const tables = {
    layout: header.layout,
    offset: header.offset,
    size: header.size,
    functionCount: count,
    textStart: base,
    entry,
    record,
    quantum: header.quantum,
    names: header.names,
    ...(header.cutab ? { cutab: header.cutab } : {}),
    files: header.files,
    pctab: header.pctab,
    header: {
      offset: header.offset,
      size: (header.layout === '1.2' ? functab.offset : header.names.offset) - header.offset,
    },
    functab,
    layoutOfRecord: layout,
    nameOffset,
    nameAt,
    packageAt,
    field,
    pcdataCount,
    funcdataCount,
    pcdata: (index: number, table: number): number =>
      table < pcdataCount(index) ? field(index, layout.head + 4 * table) : 0,
    funcdata: (index: number, table: number): number => {
      if (table >= funcdataCount(index)) return -1;
      const at = funcdataAt(index) + table * layout.funcdata;
      if (layout.funcdata === 4 && !absolute) {
        const value = reader.u32(at);
        return value === 0xffffffff ? -1 : value;
      }
      return pointerAt(at) || -1;
    },
    recordSize: (index: number): number =>
      Math.max(0, funcdataAt(index) + funcdataCount(index) * layout.funcdata - place(index)) || 0,
  } satisfies Omit<FunctionTables, 'units' | 'packageOf' | 'functionAt' | 'nameOf'>;
  const origins = makeOrigins(reader, tables);
  // Every source of evidence asks for it: functions, symbols, debug data, code.
  const packages: (string | undefined)[] = Array.from({ length: count });
  return {
    ...tables,
    nameOf: (index) => nameAt(nameOffset(index)),
    packageOf: (index) =>
      (packages[index] ??= origins.isOfC(index)
        ? cPackage
        : packageAt(nameOffset(index)) || origins.packageOf(index)),
    functionAt: (address) => lastAtOrBefore(entry, address),
    units: origins.units,
  };
}

const bounded = (value: number, most: number): number => (value <= most ? value : 0);

/** The function that the address is in; -1 when it is before the first or after the last. */
function lastAtOrBefore(entry: Float64Array, address: number): number {
  const last = entry.length - 1;
  if (last < 1 || address < (entry[0] ?? 0) || address >= (entry[last] ?? 0)) return -1;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((entry[middle] ?? 0) <= address) low = middle;
    else high = middle;
  }
  return low;
}

/** runtime._func of each layout (runtime/runtime2.go; before Go 1.16 cmd/link/internal/ld/pcln.go). */
function recordLayout(header: PclntabHeader, record: Float64Array, context: PclntabContext): RecordLayout {
  const { pointer, minor } = context;
  const entry = header.layout === '1.2' || header.layout === '1.16' ? pointer : 4;
  const common = {
    entry,
    pcsp: entry + 12,
    pcfile: entry + 16,
    pcln: entry + 20,
    pcdataCount: entry + 24,
    unit: entry + 28,
    startLine: -1,
    funcdataWord: false,
  };
  switch (header.layout) {
    case '1.20':
      return { ...common, startLine: entry + 32, funcdataCount: entry + 39, head: entry + 40, funcdata: 4 };
    case '1.18':
      return { ...common, funcdataCount: entry + 35, head: entry + 36, funcdata: 4 };
    case '1.16':
      return { ...common, funcdataCount: entry + 35, head: entry + 36, funcdata: pointer };
    case '1.2':
    default: {
      const old = minor === undefined ? countsAreWords(context, record, entry + 28) : minor < 12;
      return {
        ...common,
        unit: -1,
        funcdataCount: entry + (old ? 28 : 31),
        funcdataWord: old,
        head: entry + 32,
        funcdata: pointer,
      };
    }
  }
}

/**
 * Until Go 1.11 the count of funcdata was a word; Go 1.12 made of it a function number, two unused bytes and the count. So the end of
 * the word that is not the count's is zero in all records, or it is not: some function has a number, and some has funcdata.
 */
function countsAreWords({ reader, littleEndian }: PclntabContext, record: Float64Array, at: number): boolean {
  const place = littleEndian ? at + 3 : at;
  return record.every((one) => reader.u8(one + place) === 0);
}
