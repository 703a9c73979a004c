import { writer } from '../binary/elf-maker.ts';
import type { Form } from '../binary/elf-maker.ts';
import { makeElf } from '../binary/elf-maker.ts';

/** A function of a made table. */
export interface MadeFunction {
  readonly name: string;
  /** Bytes of code that its tables speak of, a multiple of 4. */
  readonly code: number;
  /** Bytes up to the next function. */
  readonly room: number;
  readonly file: string;
  /** Name of a function inlined into its second quarter. */
  readonly inlined?: string;
}

export type MadeLayout = '1.8' | '1.9' | '1.13' | '1.16' | '1.18' | '1.20';

export interface TablePlan extends Form {
  readonly layout: MadeLayout;
  readonly functions: readonly MadeFunction[];
}

export const textAddress = 0x10000;
const tableAddress = 0x200000;
const dataAddress = 0x400000;
const quantum = 4;

const magics: Readonly<Record<MadeLayout, number>> = {
  '1.8': 0xfffffffb,
  '1.9': 0xfffffffb,
  '1.13': 0xfffffffb,
  '1.16': 0xfffffffa,
  '1.18': 0xfffffff0,
  '1.20': 0xfffffff1,
};

/** A table of values by program counter: runs of (value, bytes of code). */
function valueTable(runs: readonly (readonly [value: number, bytes: number])[]): Buffer {
  const out: number[] = [];
  const varint = (value: number): void => {
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 128)) out.push((left % 128) + 128);
    out.push(left);
  };
  let before = -1;
  for (const [value, bytes] of runs) {
    const change = value - before;
    varint(change < 0 ? -2 * change - 1 : 2 * change);
    varint(bytes / quantum);
    before = value;
  }
  out.push(0);
  return Buffer.from(out);
}

/** Bytes that are put one behind the other, each at a place of its own. */
function store(first: number): { put(bytes: Buffer, align?: number): number; bytes(): Buffer } {
  const parts: Buffer[] = [Buffer.alloc(first)];
  let size = first;
  return {
    put: (bytes, align = 1) => {
      const padding = (align - (size % align)) % align;
      parts.push(Buffer.alloc(padding), bytes);
      size += padding;
      const at = size;
      size += bytes.length;
      return at;
    },
    bytes: () => Buffer.concat(parts),
  };
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8');

/** Numbers of the pcdata and funcdata that hold the inline tree, and the size of an entry. */
const inlineForms: Readonly<Record<MadeLayout, readonly [pcdata: number, funcdata: number, entry: number]>> =
  {
    '1.8': [-1, -1, 0],
    '1.9': [1, 2, 16],
    '1.13': [2, 4, 20],
    '1.16': [2, 3, 20],
    '1.18': [2, 3, 20],
    '1.20': [2, 3, 16],
  };

/**
 * A program of the given layout with a function table and nothing else, as the linker of that time wrote it. Inline trees and go:func.* are
 * in a segment of their own.
 */
export function makeProgram(plan: TablePlan): Buffer {
  const code = Buffer.concat(
    plan.functions.map(({ code: size, room }) =>
      Buffer.concat([Buffer.alloc(size, 0x90), Buffer.alloc(room - size, 0)]),
    ),
  );
  const data = store(8);
  const table =
    plan.layout.length === 3 || plan.layout === '1.13' ? oldTable(plan, data) : laterTable(plan, data);
  return makeElf({
    ...plan,
    machine: plan.class === 64 ? (plan.littleEndian ? 183 : 22) : plan.littleEndian ? 40 : 8,
    pieces: [
      { type: 1, address: textAddress, data: code },
      { type: 1, address: tableAddress, data: table },
      { type: 1, address: dataAddress, writable: true, data: data.bytes() },
    ],
  });
}

interface Tables {
  readonly names: (name: string) => number;
  readonly values: (bytes: Buffer) => number;
  readonly fileNumber: (file: string) => number;
}

/** A function's record (runtime._func) with its lists behind it. */
function recordOf(
  plan: TablePlan,
  one: MadeFunction,
  entry: number,
  tables: Tables,
  data: ReturnType<typeof store>,
): Buffer {
  const { layout } = plan;
  const absolute = layout !== '1.18' && layout !== '1.20';
  const [pcdataAt, funcdataAt, entrySize] = inlineForms[layout];
  const inlined = one.inlined === undefined || pcdataAt < 0 ? undefined : one.inlined;
  const quarter = one.code / 4;
  const runs = [[-1, quarter], [0, quarter], [-1, 2 * quarter]] as const; // prettier-ignore
  const whole = [[tables.fileNumber(one.file), one.code]] as const;
  const pcdata = inlined === undefined ? [] : Array.from({ length: pcdataAt + 1 }, (_, at) => at === pcdataAt ? tables.values(valueTable(runs)) : 0); // prettier-ignore
  const funcdata: number[] = [];
  if (inlined !== undefined) {
    const name = tables.names(inlined);
    const tree = writer(plan);
    if (layout === '1.20') tree.u32(0, name, 0, 7);
    else if (entrySize === 16) tree.u32(0xffffffff, 0, 7, name);
    else tree.u32(0, 0, 7, name, 0);
    const at = data.put(tree.bytes(), 8);
    const none = absolute ? 0 : 0xffffffff;
    for (let index = 0; index < funcdataAt; index++) funcdata.push(none);
    funcdata.push(absolute ? dataAddress + at : at);
  }
  const record = writer(plan);
  if (absolute) record.word(textAddress + entry);
  else record.u32(entry);
  record.u32(tables.names(one.name), 0, 0, tables.values(valueTable([[8, one.code]])));
  record.u32(tables.values(valueTable(whole)), tables.values(valueTable([[12, one.code]])), pcdata.length);
  if (layout === '1.8' || layout === '1.9') record.u32(funcdata.length);
  else {
    if (layout !== '1.13') record.u32(0);
    if (layout === '1.20') record.u32(12);
    record.u8(1, 0, 0, funcdata.length);
  }
  record.u32(...pcdata);
  if (absolute && plan.class === 64 && record.bytes().length % 8 !== 0) record.u32(0);
  if (absolute) record.word(...funcdata);
  else record.u32(...funcdata);
  return record.bytes();
}

/** Go 1.2 to 1.15: all in one, places from the table's start. */
function oldTable(plan: TablePlan, data: ReturnType<typeof store>): Buffer {
  const pointer = plan.class / 8;
  const count = plan.functions.length;
  const functabAt = 8 + pointer;
  const body = store(functabAt + (2 * count + 1) * pointer + 8);
  const files = [...new Set(plan.functions.map(({ file }) => file))];
  const tables: Tables = {
    names: (name) => body.put(text(name)),
    values: (bytes) => body.put(bytes),
    fileNumber: (file) => files.indexOf(file) + 1,
  };
  let entry = 0;
  const functab = writer(plan);
  for (const one of plan.functions) {
    const place = body.put(recordOf(plan, one, entry, tables, data), pointer);
    functab.word(textAddress + entry, place);
    entry += one.room;
  }
  functab.word(textAddress + entry);
  const names = files.map((file) => body.put(text(file)));
  const filesAt = body.put(
    writer(plan)
      .u32(files.length + 1, ...names)
      .bytes(),
    4,
  );
  functab.u32(filesAt);
  const bytes = body.bytes();
  writer(plan)
    .u32(magics[plan.layout])
    .u8(0, 0, quantum, pointer)
    .word(count)
    .raw(functab.bytes())
    .bytes()
    .copy(bytes);
  return bytes;
}

/** Go 1.16 and later: names, cutab, files, pctab and functions one after the other. */
function laterTable(plan: TablePlan, data: ReturnType<typeof store>): Buffer {
  const pointer = plan.class / 8;
  const count = plan.functions.length;
  const old = plan.layout === '1.16';
  const width = old ? pointer : 4;
  const [names, files, pctab] = [store(0), store(0), store(1)];
  const functions = store((2 * count + 1) * width);
  const allFiles = [...new Set(plan.functions.map(({ file }) => file))];
  const known = new Map<string, number>();
  const nameOf = (name: string): number => {
    const at = known.get(name) ?? names.put(text(name));
    known.set(name, at);
    return at;
  };
  const tables: Tables = {
    names: nameOf,
    values: (bytes) => pctab.put(bytes),
    fileNumber: (file) => allFiles.indexOf(file),
  };
  const cutab = writer(plan)
    .u32(...allFiles.map((file) => files.put(text(file))))
    .bytes();
  const functab = writer(plan);
  const field = (value: number): unknown => (old ? functab.word(value) : functab.u32(value));
  let entry = 0;
  for (const one of plan.functions) {
    const place = functions.put(recordOf(plan, one, entry, tables, data), pointer);
    field(entry + (old ? textAddress : 0));
    field(place);
    entry += one.room;
  }
  field(entry + (old ? textAddress : 0));
  const last = functions.bytes();
  functab.bytes().copy(last);
  const header = 8 + (old ? 7 : 8) * pointer;
  const parts = [names.bytes(), cutab, files.bytes(), pctab.bytes(), last].map((part) =>
    Buffer.concat([part, Buffer.alloc((8 - (part.length % 8)) % 8)]),
  );
  const places = parts.map((_, at) => parts.slice(0, at).reduce((sum, part) => sum + part.length, header));
  const head = writer(plan).u32(magics[plan.layout]).u8(0, 0, quantum, pointer).word(count, allFiles.length);
  if (!old) head.word(textAddress);
  return Buffer.concat([head.word(...places).bytes(), ...parts]);
}
