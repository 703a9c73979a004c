import type { ByteSource } from './source.ts';
import { machineName } from './machine.ts';
import { unreadable } from './unreadable.ts';
import { cString, wordsOf } from './words.ts';
import type { WordForm } from './words.ts';

/** A program header: what the kernel maps, or tells the loader. */
export interface Segment {
  readonly type: number;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file; what is longer in memory is zero. */
  readonly fileSize: number;
}

/** A section header. Sections are hints: a program runs without them. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** An ELF file's headers (System V ABI, "Object Files"). */
export interface Elf extends WordForm {
  /** GOARCH. */
  readonly machine: string;
  /** True for ET_DYN: position-independent program or shared library. */
  readonly relocatable: boolean;
  readonly segments: readonly Segment[];
  /** Empty when there are none, or when their table is damaged. */
  readonly sections: readonly Section[];
}

export const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 } as const;

const magic = Buffer.from('\x7fELF', 'latin1');
const executableType = 2;
const dynamicType = 3;
const noBits = 8;
/** More sections than any linker writes for a program; a table that claims more is damage. */
const mostSections = 65_536;

/** Reads the headers. @throws ToolError BINARY_UNREADABLE when it is no ELF program or library, or the headers are damaged. */
export async function readElf(source: ByteSource): Promise<Elf> {
  const start = await source.read(0, Math.min(64, source.size));
  if (!start.subarray(0, 4).equals(magic)) throw unreadable(source.name, 'it does not start as ELF files do');
  const [classByte, order] = [start[4], start[5]];
  if (classByte !== 1 && classByte !== 2)
    throw unreadable(source.name, `its class ${classByte} is neither 32 nor 64 bit`);
  if (order !== 1 && order !== 2) throw unreadable(source.name, `its byte order ${order} is not known`);
  const form: WordForm = { class: classByte === 2 ? 64 : 32, littleEndian: order === 1 };
  const wide = form.class === 64;
  const header = wordsOf(source.name, form, start);
  const type = header.u16(16);
  if (type !== executableType && type !== dynamicType)
    throw unreadable(source.name, `its type ${type} is no program or library`);
  const counts = wide ? 54 : 42;
  return {
    ...form,
    machine: machineName(header.u16(18), form),
    relocatable: type === dynamicType,
    segments: await readSegments(source, form, {
      offset: header.word(wide ? 32 : 28),
      entry: header.u16(counts),
      count: header.u16(counts + 2),
    }),
    sections: await readSections(source, form, {
      offset: header.word(wide ? 40 : 32),
      entry: header.u16(counts + 4),
      count: header.u16(counts + 6),
      names: header.u16(counts + 8),
    }),
  };
}

interface Table {
  readonly offset: number;
  readonly entry: number;
  readonly count: number;
}

async function readSegments(source: ByteSource, form: WordForm, table: Table): Promise<Segment[]> {
  const wide = form.class === 64;
  if (table.count === 0) throw unreadable(source.name, 'it has no program headers');
  if (table.entry < (wide ? 56 : 32)) throw unreadable(source.name, 'its program headers are too small');
  const words = wordsOf(source.name, form, await source.read(table.offset, table.entry * table.count));
  return Array.from({ length: table.count }, (_, index) => {
    const at = index * table.entry;
    const flags = words.u32(at + (wide ? 4 : 24));
    return {
      type: words.u32(at),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      offset: words.word(at + (wide ? 8 : 4)),
      address: words.word(at + (wide ? 16 : 8)),
      fileSize: words.word(at + (wide ? 32 : 16)),
    };
  });
}

async function readSections(
  source: ByteSource,
  form: WordForm,
  table: Table & { names: number },
): Promise<Section[]> {
  const wide = form.class === 64;
  const size = wide ? 64 : 40;
  if (table.offset === 0 || table.entry < size || table.offset + size > source.size) return [];
  const first = wordsOf(source.name, form, await source.read(table.offset, size));
  // Counts that do not fit into the header are in the first section, which is otherwise empty.
  const count = table.count === 0 ? first.word(wide ? 32 : 20) : table.count;
  const namesIndex = table.names === 0xffff ? first.u32(wide ? 40 : 24) : table.names;
  if (count > mostSections || namesIndex >= count || table.offset + count * table.entry > source.size)
    return [];
  const words = wordsOf(source.name, form, await source.read(table.offset, table.entry * count));
  const raw = Array.from({ length: count }, (_, index) => {
    const at = index * table.entry;
    return {
      nameAt: words.u32(at),
      type: words.u32(at + 4),
      address: words.word(at + (wide ? 16 : 12)),
      offset: words.word(at + (wide ? 24 : 16)),
      size: words.word(at + (wide ? 32 : 20)),
    };
  });
  const inside = (section: { offset: number; size: number }): boolean =>
    section.offset + section.size <= source.size;
  const namesSection = raw[namesIndex];
  if (!namesSection || !inside(namesSection) || namesSection.size > 4 * 1024 * 1024) return [];
  const names = await source.read(namesSection.offset, namesSection.size);
  return raw.flatMap(({ nameAt, type, address, offset, size }) => {
    const named = nameAt < names.length && names.includes(0, nameAt);
    if (!named || type === noBits || !inside({ offset, size })) return [];
    return [{ name: cString(source.name, names, nameAt), type, address, offset, size }];
  });
}

/** Where in the file the byte at a memory address is, and how many bytes of its segment follow it. */
export function fileRange(elf: Elf, address: number): { offset: number; available: number } | undefined {
  for (const segment of elf.segments) {
    const inside = address - segment.address;
    if (segment.type === segmentTypes.load && inside >= 0 && inside < segment.fileSize) {
      return { offset: segment.offset + inside, available: segment.fileSize - inside };
    }
  }
  return undefined;
}
