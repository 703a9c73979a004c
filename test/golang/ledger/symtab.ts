/**
 * A reader of ELF symbol tables for tests, made apart from the one in src/: what it says is held against what the product says. It
 * takes sound files made by a linker, of either class and byte order.
 */
import { readFileSync } from 'node:fs';

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  /** Bytes. */
  readonly size: number;
}

export interface LoadedSection {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

export interface SymbolTable {
  /** Sections that are in the file and in memory. */
  readonly loaded: readonly LoadedSection[];
  /** In order of address; only such as have a size. */
  readonly symbols: readonly ElfSymbol[];
}

const symbolTableType = 2;
const emptyType = 8;
const allocated = 2;

export interface SectionHeader {
  readonly nameAt: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** @throws Error when the file has no symbol table */
export function readSymbolTable(file: string): SymbolTable {
  const bytes = readFileSync(file);
  const numbers = elfNumbers(bytes);
  const headers = sectionsIn(numbers);
  const names = headers[numbers.u16(numbers.wide ? 62 : 50)];
  if (!names) throw new Error(`${file} names no table of section names`);
  const loaded = headers
    .filter(({ flags, type, size }) => (flags & allocated) !== 0 && type !== emptyType && size > 0)
    .map(({ nameAt, address, offset, size }) => ({
      name: text(bytes, names.offset + nameAt),
      address,
      offset,
      size,
    }));
  return { loaded, symbols: symbolsOf(bytes, numbers, headers) };
}

function symbolsOf(
  bytes: Buffer,
  numbers: ElfNumbers,
  headers: readonly SectionHeader[],
): readonly ElfSymbol[] {
  const table = headers.find(({ type }) => type === symbolTableType);
  const strings = table && headers[table.link];
  if (!table || !strings) throw new Error('no symbol table');
  const entry = numbers.wide ? 24 : 16;
  const symbols: ElfSymbol[] = [];
  for (let at = table.offset; at < table.offset + table.size; at += entry) {
    const size = numbers.word(at + (numbers.wide ? 16 : 8));
    if (size === 0) continue;
    symbols.push({
      name: text(bytes, strings.offset + numbers.u32(at)),
      address: numbers.word(at + (numbers.wide ? 8 : 4)),
      size,
    });
  }
  return symbols.sort((one, two) => one.address - two.address || two.size - one.size);
}

/** All section headers, in order. */
export function sectionsIn(numbers: ElfNumbers): readonly SectionHeader[] {
  const { wide, u16, u32, word } = numbers;
  const start = word(wide ? 40 : 32);
  const count = u16(wide ? 60 : 48);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * (wide ? 64 : 40);
    return {
      nameAt: u32(at),
      type: u32(at + 4),
      flags: word(at + 8),
      address: word(at + (wide ? 16 : 12)),
      offset: word(at + (wide ? 24 : 16)),
      size: word(at + (wide ? 32 : 20)),
      link: u32(at + (wide ? 40 : 24)),
    };
  });
}

export interface ElfNumbers {
  readonly wide: boolean;
  u16(at: number): number;
  u32(at: number): number;
  word(at: number): number;
}

/** Numbers of an ELF file in its byte order; `word` has the size of an address. */
export function elfNumbers(bytes: Buffer): ElfNumbers {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return {
    wide,
    u16: (at) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32,
    word: (at) => {
      if (!wide) return u32(at);
      return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    },
  };
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}
