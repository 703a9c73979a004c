import { attributes, readAbbreviations, readForm, uleb } from './dwarf-abbrev.ts';
import type { Abbreviation, Cursor, UnitForm } from './dwarf-abbrev.ts';
import type { BytesReader } from './program-words.ts';

/** A compile unit of .debug_info, and where its parts of other sections begin; -1 when it says nothing of one. */
export interface Unit {
  readonly offset: number;
  readonly size: number;
  readonly version: number;
  readonly name: string;
  /** Written by Go's compiler. */
  readonly go: boolean;
  readonly lines: number;
  readonly ranges: number;
  readonly addresses: number;
  readonly rangeLists: number;
  readonly locationLists: number;
  /** The first location list that it refers to. */
  readonly locations: number;
}

const goLanguage = 0x16;
const mostUnits = 1_000_000;
const sectionOffset = 0x17;

/** Reads the units' headers and first entries, and each unit up to its first location list. */
export function readUnits(info: BytesReader, abbreviations: BytesReader, wantLocations: boolean): Unit[] {
  const tables = new Map<number, Map<number, Abbreviation>>();
  const cursor: Cursor = { reader: info, at: 0, budget: 4 * info.size };
  const units: Unit[] = [];
  let budget = 4 * abbreviations.size;
  for (let at = 0; at + 11 <= info.size && units.length < mostUnits;) {
    const header = readUnitHeader(info, at);
    if (!header) break;
    let table = tables.get(header.abbreviations);
    if (!table) {
      // Tables do not overlap, but in a hostile file.
      const read = readAbbreviations(abbreviations, header.abbreviations, budget);
      budget -= read.bytes;
      table = read.table;
      tables.set(header.abbreviations, table);
    }
    units.push(readUnit(cursor, table, header, wantLocations));
    at = header.end;
  }
  return units;
}

interface UnitHeader extends UnitForm {
  readonly offset: number;
  readonly end: number;
  readonly abbreviations: number;
  readonly entries: number;
}

/** DWARF 5, section 7.5.1; versions 2 to 4 lack the unit's type and have the last two fields the other way round. */
function readUnitHeader(info: BytesReader, offset: number): UnitHeader | undefined {
  const { size: fieldSize, length } = initialLength(info, offset);
  const start = offset + (fieldSize === 8 ? 12 : 4);
  const end = start + length;
  const version = info.u16(start);
  if (length < 7 || end > info.size || version < 2 || version > 5) return undefined;
  const place = (at: number): number => (fieldSize === 8 ? info.u64(at) : info.u32(at));
  const common = { offset, end, version, offsetSize: fieldSize };
  if (version < 5) {
    const addressSize = info.u8(start + 2 + fieldSize);
    return { ...common, addressSize, abbreviations: place(start + 2), entries: start + 3 + fieldSize };
  }
  const type = info.u8(start + 2);
  // Skeleton and split units have an id, type units a signature and an offset behind the header.
  const more = type === 4 || type === 5 ? 8 : type === 2 || type === 6 ? 8 + fieldSize : 0;
  return {
    ...common,
    addressSize: info.u8(start + 3),
    abbreviations: place(start + 4),
    entries: start + 4 + fieldSize + more,
  };
}

/** A length in the 32-bit form, or in the 64-bit form behind a mark (DWARF 5, section 7.4). */
export function initialLength(reader: BytesReader, at: number): { size: 4 | 8; length: number } {
  const length = reader.u32(at);
  return length === 0xffffffff ? { size: 8, length: reader.u64(at + 4) } : { size: 4, length };
}

function readUnit(
  cursor: Cursor,
  table: Map<number, Abbreviation>,
  header: UnitHeader,
  wantLocations: boolean,
): Unit {
  const info = cursor.reader;
  cursor.at = header.entries;
  const values = new Map<number, number>();
  let name = '';
  const pairs = table.get(uleb(cursor))?.pairs ?? [];
  let sound = pairs.length > 0;
  for (let index = 0; sound && index < pairs.length; index += 2) {
    const [attribute = 0, form = 0] = [pairs[index], pairs[index + 1]];
    if (attribute === attributes.name && form === 0x08) name = info.text(cursor.at, header.end);
    const value = readForm(cursor, form, header);
    if (value === false) sound = false;
    else values.set(attribute, value);
  }
  const place = (attribute: number): number => values.get(attribute) ?? -1;
  return {
    offset: header.offset,
    size: header.end - header.offset,
    version: header.version,
    name,
    go: values.get(attributes.language) === goLanguage,
    lines: place(attributes.lines),
    ranges: place(attributes.ranges),
    addresses: place(attributes.addresses),
    rangeLists: place(attributes.rangeLists),
    locationLists: place(attributes.locationLists),
    locations: sound && wantLocations ? firstLocation(cursor, table, header) : -1,
  };
}

/** The lists of a unit are in the order of its entries, so the first that an entry refers to is where they begin. */
function firstLocation(cursor: Cursor, table: Map<number, Abbreviation>, header: UnitHeader): number {
  while (cursor.at < header.end) {
    const code = uleb(cursor);
    if (code === 0) continue;
    const pairs = table.get(code)?.pairs;
    if (!pairs) return -1;
    for (let index = 0; index < pairs.length; index += 2) {
      const form = pairs[index + 1] ?? 0;
      const value = readForm(cursor, form, header);
      if (value === false) return -1;
      const list = form === sectionOffset || (header.version < 4 && form === 0x06);
      if (list && pairs[index] === attributes.location) return value;
    }
  }
  return -1;
}
