import type { Elf, Section, Segment } from '../binary/elf.ts';
import { machineName } from '../binary/machine.ts';
import { unreadable } from '../binary/unreadable.ts';
import { bytesReader } from './program-words.ts';
import type { BytesReader } from './program-words.ts';

/** A section header with all its fields, those without bytes in the file too (System V ABI, "Sections"). */
export interface FullSection extends Section {
  readonly flags: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** Where a file's parts are, as its headers say. Nothing in it is outside of the file. */
export interface Layout {
  readonly elf: Elf;
  /** e_type: 1 object, 2 executable, 3 shared object or position-independent program, 4 core dump. */
  readonly type: number;
  /** By index; those whose bytes are not in the file have size 0. */
  readonly sections: readonly FullSection[];
  /** ELF header, program headers, section headers. */
  readonly headers: readonly { readonly offset: number; readonly size: number; readonly what: string }[];
  readonly problems: readonly string[];
}

const noBits = 8;
const mostSections = 65_536;
/** Section flags. */
export const sectionFlags = { write: 1, loaded: 2, code: 4, compressed: 0x800 } as const;

/**
 * Reads the headers of any ELF file; a damaged table becomes a problem and is left out.
 * @throws ToolError BINARY_UNREADABLE when it is no ELF file at all
 */
export function readLayout(name: string, bytes: Buffer): Layout {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0x7f454c46)
    throw unreadable(name, 'it does not start as ELF files do');
  if (bytes.length < 52) throw unreadable(name, `it ends after ${bytes.length} bytes, within the ELF header`);
  const [classByte, order] = [bytes[4], bytes[5]];
  if (classByte !== 1 && classByte !== 2)
    throw unreadable(name, `its class ${classByte} is neither 32 nor 64 bit`);
  if (order !== 1 && order !== 2) throw unreadable(name, `its byte order ${order} is not known`);
  const form = { class: classByte === 2 ? 64 : 32, littleEndian: order === 1 } as const;
  const wide = form.class === 64;
  const reader = bytesReader(bytes, form);
  const counts = wide ? 54 : 42;
  const problems: string[] = [];
  const headers = [{ offset: 0, size: Math.min(bytes.length, wide ? 64 : 52), what: 'ELF header' }];
  const segments = readSegments(reader, wide, {
    offset: reader.word(wide ? 32 : 28),
    entry: reader.u16(counts),
    count: reader.u16(counts + 2),
    headers,
    problems,
  });
  const sections = readSections(reader, wide, {
    offset: reader.word(wide ? 40 : 32),
    entry: reader.u16(counts + 4),
    count: reader.u16(counts + 6),
    names: reader.u16(counts + 8),
    headers,
    problems,
  });
  const type = reader.u16(16);
  return {
    elf: {
      ...form,
      machine: machineName(reader.u16(18), form),
      relocatable: type === 3,
      segments,
      sections: sections.filter((section) => section.type !== noBits && section.type !== 0),
    },
    type,
    sections,
    headers,
    problems,
  };
}

interface Table {
  readonly offset: number;
  readonly entry: number;
  readonly count: number;
  readonly headers: { offset: number; size: number; what: string }[];
  readonly problems: string[];
}

function readSegments(reader: BytesReader, wide: boolean, table: Table): Segment[] {
  if (table.count === 0) return [];
  const size = table.entry * table.count;
  if (table.entry < (wide ? 56 : 32) || table.offset + size > reader.size) {
    table.problems.push('The table of program headers is damaged.');
    return [];
  }
  table.headers.push({ offset: table.offset, size, what: 'program headers' });
  return Array.from({ length: table.count }, (_, index) => {
    const at = table.offset + index * table.entry;
    const flags = reader.u32(at + (wide ? 4 : 24));
    const offset = Math.min(reader.word(at + (wide ? 8 : 4)), reader.size);
    return {
      type: reader.u32(at),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      offset,
      address: reader.word(at + (wide ? 16 : 8)),
      fileSize: Math.min(reader.word(at + (wide ? 32 : 16)), reader.size - offset),
    };
  });
}

function readSections(reader: BytesReader, wide: boolean, table: Table & { names: number }): FullSection[] {
  if (table.offset === 0) return [];
  const damaged = (): FullSection[] => {
    table.problems.push('The table of section headers is damaged.');
    return [];
  };
  if (table.entry < (wide ? 64 : 40)) return damaged();
  const field = (index: number, wideAt: number, narrowAt: number): number =>
    reader.word(table.offset + index * table.entry + (wide ? wideAt : narrowAt));
  // Counts that do not fit into the header are in the first section, which is otherwise empty.
  const count = table.count === 0 ? field(0, 32, 20) : table.count;
  const namesIndex = table.names === 0xffff ? reader.u32(table.offset + (wide ? 40 : 24)) : table.names;
  if (count > mostSections || table.offset + count * table.entry > reader.size) return damaged();
  table.headers.push({ offset: table.offset, size: count * table.entry, what: 'section headers' });
  const range = (index: number): { offset: number; size: number } => {
    const offset = field(index, 24, 16);
    const size = field(index, 32, 20);
    return offset + size <= reader.size ? { offset, size } : { offset: 0, size: 0 };
  };
  const names = namesIndex < count ? range(namesIndex) : { offset: 0, size: 0 };
  let outside = 0;
  const sections = Array.from({ length: count }, (_, index): FullSection => {
    const at = table.offset + index * table.entry;
    const type = reader.u32(at + 4);
    const nameAt = reader.u32(at);
    const place = type === noBits ? { offset: field(index, 24, 16), size: 0 } : range(index);
    if (type !== noBits && place.size === 0 && field(index, 32, 20) > 0) outside++;
    return {
      name: nameAt < names.size ? reader.text(names.offset + nameAt, names.offset + names.size) : '',
      type,
      flags: field(index, 8, 8) % 2 ** 32,
      address: field(index, 16, 12),
      ...place,
      link: reader.u32(at + (wide ? 40 : 24)),
      info: reader.u32(at + (wide ? 44 : 28)),
      entrySize: field(index, 56, 36),
    };
  });
  if (outside > 0)
    table.problems.push(
      `The bytes of ${outside} section${outside === 1 ? ' are' : 's are'} not in the file.`,
    );
  return sections;
}
