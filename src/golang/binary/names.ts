import type { Elf } from './elf.ts';
import { findPatterns, loadedRanges } from './scan.ts';
import type { FileRange } from './scan.ts';
import type { ByteSource } from './source.ts';
import { wordsOf } from './words.ts';

/**
 * The names of the functions that the linker kept, from Go's pclntab, which stripping does not remove. Functions that were inlined
 * into others are named too. The layouts are those of Go 1.2, 1.16, 1.18 and 1.20 (runtime/symtab.go, debug/gosym/pclntab.go).
 */
export interface FunctionNames {
  /** A linker symbol name: `time.LoadLocation`, `crypto/x509.(*Certificate).Verify`. */
  has(name: string): boolean;
  /** True when any function of the package (an import path) is there. */
  hasPackage(path: string): boolean;
}

/** Names of the largest known programs are some 15 MB. */
const longestNames = 256 * 1024 * 1024;

/** The magic number of each layout and the first Go 1.x that writes it; the latest first. */
const layouts = [
  { magic: 0xfffffff1, since: 20 },
  { magic: 0xfffffff0, since: 18 },
  { magic: 0xfffffffa, since: 16 },
  { magic: 0xfffffffb, since: 2 },
] as const;

/**
 * Finds the table by its section, else by its magic number. Undefined when there is none that can be read: the file is not Go's, is
 * packed or obfuscated, or of a layout that is yet to come.
 * @param goVersion as the build info has it; it narrows the search
 */
export async function readFunctionNames(
  source: ByteSource,
  elf: Elf,
  goVersion?: string,
): Promise<FunctionNames | undefined> {
  const section = elf.sections.find(({ name }) => name.endsWith('.gopclntab'));
  if (section) {
    const names = await namesAt(source, elf, section.offset, section.size);
    if (names) return names;
  }
  for (const range of likelyRanges(source, elf)) {
    for await (const at of findPatterns(source, [range], headers(elf, goVersion))) {
      const names = await namesAt(source, elf, at, range.offset + range.size - at);
      if (names) return names;
    }
  }
  return undefined;
}

/** Older position-independent programs that C's linker made have the table somewhere in .data.rel.ro; all others where it is read-only. */
function likelyRanges(source: ByteSource, elf: Elf): FileRange[] {
  return [
    ...elf.sections.filter(({ name }) => name === '.data.rel.ro'),
    ...loadedRanges(source, elf, (writable) => !writable),
    ...loadedRanges(source, elf, (writable) => writable),
  ];
}

/** The first eight bytes that the table can have: magic number, two zeros, smallest instruction's size, pointer's size. */
function headers(elf: Elf, goVersion: string | undefined): readonly Buffer[] {
  const minor = Number(/^go1\.(\d+)/.exec(goVersion ?? '')?.[1] ?? Number.NaN);
  const known = layouts.find(({ since }) => minor >= since);
  const sizes = { '386': [1], amd64: [1], s390x: [2] }[elf.machine] ?? [4, 2];
  return (known ? [known] : layouts).flatMap(({ magic }) =>
    sizes.map((size) => {
      const bytes = Buffer.from([0, 0, 0, 0, 0, 0, size, elf.class / 8]);
      if (elf.littleEndian) bytes.writeUInt32LE(magic);
      else bytes.writeUInt32BE(magic);
      return bytes;
    }),
  );
}

/** Reads the table at `at` if there is one; `size` bytes may belong to it. */
async function namesAt(
  source: ByteSource,
  elf: Elf,
  at: number,
  size: number,
): Promise<FunctionNames | undefined> {
  const pointer = elf.class / 8;
  const headerSize = 8 + 8 * pointer;
  if (size < headerSize || at + size > source.size) return undefined;
  const header = wordsOf(source.name, elf, await source.read(at, headerSize));
  if (header.u16(4) !== 0 || ![1, 2, 4].includes(header.u8(6)) || header.u8(7) !== pointer) return undefined;
  const field = (index: number): number => header.word(8 + index * pointer);
  switch (header.u32(0)) {
    case 0xfffffff1: // Go 1.20
    case 0xfffffff0: // Go 1.18
      return namesBetween(source, at, field(3), field(4), size);
    case 0xfffffffa: // Go 1.16
      return namesBetween(source, at, field(2), field(3), size);
    case 0xfffffffb: // Go 1.2
      return size > longestNames ? undefined : namesAmongData(elf, source.name, await source.read(at, size));
    default:
      return undefined;
  }
}

async function namesBetween(
  source: ByteSource,
  at: number,
  start: number,
  end: number,
  size: number,
): Promise<FunctionNames | undefined> {
  if (!(start > 0 && start < end && end <= size && end - start <= longestNames)) return undefined;
  return lookUp(await source.read(at + start, end - start));
}

/**
 * The layout of Go 1.2: names stand among the other data, so all of it is looked through. The function table gives the places where
 * names start; those of inlined functions are not in it.
 */
function namesAmongData(elf: Elf, name: string, table: Buffer): FunctionNames {
  const words = wordsOf(name, elf, table);
  const pointer = elf.class / 8;
  const count = Math.min(words.word(8), Math.floor((table.length - 8 - pointer) / (2 * pointer)));
  const starts = new Set<number>();
  for (let index = 0; index < count; index++) {
    const record = words.word(8 + pointer + (2 * index + 1) * pointer);
    if (record + pointer + 4 <= table.length) starts.add(words.u32(record + pointer));
  }
  return lookUp(table, starts);
}

/**
 * Looks names up in NUL-terminated strings. A search through the bytes beats splitting them into a set for the few questions
 * that a build asks. A name starts after a byte that is in no name, or at one of `known`.
 */
function lookUp(names: Buffer, known?: ReadonlySet<number>): FunctionNames {
  const starts = (text: string): boolean => {
    const needle = Buffer.from(text, 'utf8');
    for (let hit = names.indexOf(needle); hit >= 0; hit = names.indexOf(needle, hit + 1)) {
      if (hit === 0 || !isPrintable(names[hit - 1] ?? 0) || known?.has(hit)) return true;
    }
    return false;
  };
  return {
    has: (name) => starts(`${name}\0`),
    hasPackage: (path) => starts(`${escapePath(path)}.`),
  };
}

const isPrintable = (byte: number): boolean => byte > 0x20 && byte !== 0x7f;

/** How the compiler writes an import path in symbol names: dots after the last slash, and odd bytes, as %xx. */
function escapePath(path: string): string {
  const slash = path.lastIndexOf('/');
  return [...Buffer.from(path, 'utf8')]
    .map((byte, index) => {
      const odd =
        byte <= 0x20 || byte === 0x25 || byte === 0x22 || byte >= 0x7f || (byte === 0x2e && index > slash);
      return odd ? `%${byte.toString(16).padStart(2, '0')}` : String.fromCodePoint(byte);
    })
    .join('');
}
