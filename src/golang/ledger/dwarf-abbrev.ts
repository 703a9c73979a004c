import type { BytesReader } from './program-words.ts';

/** Attributes that say where a unit's part of the other sections is (DWARF 5, section 7.5.4). */
export const attributes = {
  location: 0x02,
  name: 0x03,
  lines: 0x10,
  language: 0x13,
  ranges: 0x55,
  addresses: 0x73,
  rangeLists: 0x74,
  locationLists: 0x8c,
} as const;

/** The form of a debugging entry: attribute, form, attribute, form … */
export interface Abbreviation {
  readonly pairs: readonly number[];
}

export interface Cursor {
  readonly reader: BytesReader;
  /** Attributes that may still be read: those of some forms have no bytes, so that the file's size alone sets no bound. */
  budget: number;
  /** Offset in the section; reading moves it. */
  at: number;
}

export function uleb(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.reader.u8(cursor.at++);
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return value;
}

const implicitConst = 0x21;

/** Twice the attributes of an entry. */
const mostAttributes = 512;

/** The table of forms that starts at `at`, by number; no more than `most` bytes of it are read. */
export function readAbbreviations(
  reader: BytesReader,
  at: number,
  most: number,
): { table: Map<number, Abbreviation>; bytes: number } {
  const cursor: Cursor = { reader, at, budget: 0 };
  const end = Math.min(reader.size, at + most);
  const table = new Map<number, Abbreviation>();
  while (cursor.at < end) {
    const code = uleb(cursor);
    if (code === 0) break;
    uleb(cursor);
    cursor.at++;
    const pairs: number[] = [];
    while (cursor.at < end) {
      const attribute = uleb(cursor);
      const form = uleb(cursor);
      if (form === implicitConst) uleb(cursor);
      if (attribute === 0 && form === 0) break;
      if (pairs.length < mostAttributes) pairs.push(attribute, form);
    }
    table.set(code, { pairs });
  }
  return { table, bytes: cursor.at - at };
}

/** Sizes that a unit's header says. */
export interface UnitForm {
  readonly version: number;
  readonly addressSize: number;
  /** 8 in the 64-bit format. */
  readonly offsetSize: 4 | 8;
}

/** Sizes of the forms that have one (DWARF 5, section 7.5.6). */
const fixedSizes: Readonly<Record<number, number>> = {
  0x05: 2,
  0x06: 4,
  0x07: 8,
  0x0b: 1,
  0x0c: 1,
  0x11: 1,
  0x12: 2,
  0x13: 4,
  0x14: 8,
  0x19: 0,
  0x1c: 4,
  0x1e: 16,
  0x20: 8,
  0x21: 0,
  0x24: 8,
  0x25: 1,
  0x26: 2,
  0x27: 3,
  0x28: 4,
  0x29: 1,
  0x2a: 2,
  0x2b: 3,
  0x2c: 4,
};
const offsetForms = new Set([0x0e, 0x17, 0x1d, 0x1f, 0x1f20, 0x1f21]);
const lebForms = new Set([0x0d, 0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23, 0x1f01, 0x1f02]);

/** Reads a number, or passes over what is none. False for a form that is not known: nothing behind it can be read. */
export function readForm(cursor: Cursor, form: number, unit: UnitForm): number | false {
  const { reader } = cursor;
  if (cursor.budget-- <= 0) return false;
  const number = (size: number): number => {
    const at = cursor.at;
    cursor.at += size;
    if (size === 4) return reader.u32(at);
    if (size === 8) return reader.u64(at);
    return size === 2 ? reader.u16(at) : size === 1 ? reader.u8(at) : 0;
  };
  const skip = (size: number): number => {
    cursor.at += size;
    return 0;
  };
  const fixedSize = fixedSizes[form];
  if (fixedSize !== undefined) return number(fixedSize);
  if (form === 0x01) return number(unit.addressSize);
  // Up to DWARF 2 a reference to another unit had an address's size.
  if (form === 0x10) return number(unit.version <= 2 ? unit.addressSize : unit.offsetSize);
  if (offsetForms.has(form)) return number(unit.offsetSize);
  if (lebForms.has(form)) return uleb(cursor);
  switch (form) {
    case 0x08: // string
      return skip(reader.textEnd(cursor.at) + 1 - cursor.at);
    case 0x03: // block2
      return skip(number(2));
    case 0x04: // block4
      return skip(number(4));
    case 0x0a: // block1
      return skip(number(1));
    case 0x09: // block
    case 0x18: // exprloc
      return skip(uleb(cursor));
    case 0x16: // indirect
      return readForm(cursor, uleb(cursor), unit);
    default:
      return false;
  }
}
