/** Builds ELF files in code: only what a test says is in them. */
export interface Form {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
}

export interface Writer {
  /** The bytes so far. */
  bytes(): Buffer;
  u8(...values: number[]): Writer;
  u16(...values: number[]): Writer;
  u32(...values: number[]): Writer;
  /** Words of the class. */
  word(...values: number[]): Writer;
  raw(bytes: Uint8Array | string): Writer;
}

export function writer(form: Form): Writer {
  const parts: Buffer[] = [];
  const number =
    (size: 1 | 2 | 4 | 8) =>
    (...values: number[]): Writer => {
      for (const value of values) {
        const part = Buffer.alloc(8);
        part.writeBigUInt64LE(BigInt(value));
        const little = part.subarray(0, size);
        parts.push(form.littleEndian ? little : Buffer.from(little).reverse());
      }
      return self;
    };
  const self: Writer = {
    bytes: () => Buffer.concat(parts),
    u8: number(1),
    u16: number(2),
    u32: number(4),
    word: number(form.class === 64 ? 8 : 4),
    raw: (bytes) => {
      parts.push(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes));
      return self;
    },
  };
  return self;
}

export interface Piece {
  /** Program header type: 1 load, 2 dynamic, 3 interpreter. */
  readonly type: number;
  readonly writable?: boolean;
  readonly address: number;
  readonly data: Uint8Array;
}

export interface ElfPlan extends Form {
  /** e_machine. */
  readonly machine: number;
  /** 2 executable (default), 3 dynamic. */
  readonly type?: number;
  readonly pieces: readonly Piece[];
}

/** An ELF file without sections whose segments hold the given bytes. */
export function makeElf(plan: ElfPlan): Buffer {
  const wide = plan.class === 64;
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32];
  const header = writer(plan)
    .raw('\x7fELF')
    .u8(wide ? 2 : 1, plan.littleEndian ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    .u16(plan.type ?? 2, plan.machine)
    .u32(1)
    .word(0, headerSize, 0)
    .u32(0)
    .u16(headerSize, entrySize, plan.pieces.length, 0, 0, 0);
  let offset = headerSize + entrySize * plan.pieces.length;
  const body: Uint8Array[] = [];
  for (const piece of plan.pieces) {
    const padding = (16 - (offset % 16)) % 16;
    offset += padding;
    const flags = piece.writable ? 6 : 4;
    const { address, data } = piece;
    if (wide) header.u32(piece.type, flags).word(offset, address, address, data.length, data.length, 16);
    else header.u32(piece.type).word(offset, address, address, data.length, data.length).u32(flags, 16);
    body.push(Buffer.alloc(padding), data);
    offset += data.length;
  }
  return Buffer.concat([header.bytes(), ...body]);
}

export interface DynamicPlan extends Form {
  readonly machine: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  /** Needed symbol versions by library. */
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  readonly defines?: readonly string[];
  /** The table of needed versions as it is, in place of one made from `needs`. */
  readonly versionTable?: Buffer;
}

/** A program or library as the dynamic loader sees it. */
export function makeDynamic(plan: DynamicPlan): Buffer {
  const names: string[] = [''];
  const at = (name: string): number => {
    names.push(name);
    return names.slice(0, -1).reduce((sum, one) => sum + one.length + 1, 0);
  };
  const base = 0x10000;
  const [verneedAt, verdefAt, stringsAt] = [base, base + 0x100000, base + 0x200000];
  const needs = Object.entries(plan.needs ?? {});
  const verneed = writer(plan);
  needs.forEach(([library, versions], index) => {
    const size = 16 + versions.length * 16;
    verneed.u16(1, versions.length).u32(at(library), 16, index + 1 < needs.length ? size : 0);
    versions.forEach((version, place) => {
      verneed
        .u32(0)
        .u16(0, 2)
        .u32(at(version), place + 1 < versions.length ? 16 : 0);
    });
  });
  const defines = plan.defines ?? [];
  const verdef = writer(plan);
  defines.forEach((version, index) => {
    verdef.u16(1, 0, index + 1, 1).u32(0, 20, index + 1 < defines.length ? 28 : 0);
    verdef.u32(at(version), 0);
  });
  const dynamic = writer(plan);
  for (const name of plan.needed ?? []) dynamic.word(1, at(name));
  if (plan.soname !== undefined) dynamic.word(14, at(plan.soname));
  if (plan.rpath !== undefined) dynamic.word(15, at(plan.rpath));
  if (plan.runpath !== undefined) dynamic.word(29, at(plan.runpath));
  if (needs.length > 0 || plan.versionTable) dynamic.word(0x6ffffffe, verneedAt, 0x6fffffff, needs.length);
  if (defines.length > 0) dynamic.word(0x6ffffffc, verdefAt, 0x6ffffffd, defines.length);
  const strings = Buffer.from(`${names.join('\0')}\0`, 'latin1');
  dynamic.word(5, stringsAt, 10, strings.length, 0, 0);
  return makeElf({
    ...plan,
    type: 3,
    pieces: [
      ...(plan.interpreter === undefined
        ? []
        : [{ type: 3, address: base + 0x400000, data: Buffer.from(`${plan.interpreter}\0`) }]),
      { type: 1, address: verneedAt, data: plan.versionTable ?? pad(verneed.bytes()) },
      { type: 1, address: verdefAt, data: pad(verdef.bytes()) },
      { type: 1, address: stringsAt, data: strings },
      { type: 2, address: base + 0x300000, data: dynamic.bytes() },
    ],
  });
}

/** A segment of no bytes holds no address. */
function pad(bytes: Buffer): Buffer {
  return bytes.length > 0 ? bytes : Buffer.alloc(16);
}
