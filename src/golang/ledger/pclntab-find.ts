import { segmentTypes } from '../binary/elf.ts';
import type { Elf } from '../binary/elf.ts';
import { readHeader } from './pclntab.ts';
import type { PclntabHeader, Range } from './pclntab.ts';
import type { BytesReader } from './program-words.ts';

const magics = [0xfffffff1, 0xfffffff0, 0xfffffffa, 0xfffffffb];

/**
 * The function table, by its section or else by its magic number: in .data.rel.ro, where older position-independent programs that C's
 * linker made have it, then in what is loaded, read-only parts first. No section headers are needed.
 */
export function findPclntab(reader: BytesReader, elf: Elf): PclntabHeader | undefined {
  const pointer = elf.class === 64 ? 8 : 4;
  const section = elf.sections.find(({ name }) => name.endsWith('.gopclntab'));
  // Obfuscators write a magic number of their own, but keep the section and the form.
  const named =
    section &&
    [false, true]
      .map((any) => readHeader(reader, section.offset, section.offset + section.size, pointer, any))
      .find((header) => header !== undefined);
  if (named) return named;
  for (const range of likelyRanges(elf)) {
    for (const magic of magics) {
      const found = scan(reader, range, magic, elf);
      if (found) return found;
    }
  }
  return undefined;
}

function likelyRanges(elf: Elf): Range[] {
  const loaded = elf.segments.filter(({ type, fileSize }) => type === segmentTypes.load && fileSize > 0);
  return [
    ...elf.sections.filter(({ name }) => name === '.data.rel.ro'),
    ...loaded.filter(({ writable }) => !writable),
    ...loaded.filter(({ writable }) => writable),
  ].map((part) => ({ offset: part.offset, size: 'fileSize' in part ? part.fileSize : part.size }));
}

function scan(reader: BytesReader, range: Range, magic: number, elf: Elf): PclntabHeader | undefined {
  const pointer = elf.class === 64 ? 8 : 4;
  const pattern = Buffer.alloc(6);
  if (elf.littleEndian) pattern.writeUInt32LE(magic);
  else pattern.writeUInt32BE(magic);
  const end = range.offset + range.size;
  const part = reader.bytes.subarray(0, end);
  for (let at = part.indexOf(pattern, range.offset); at >= 0; at = part.indexOf(pattern, at + 1)) {
    const found = readHeader(reader, at, end, pointer);
    if (found) return found;
  }
  return undefined;
}
