import { lastAtMost } from './growing.ts';
import { numbersOf } from './numbers.ts';
import type { Program } from './program.ts';
import type { Regions } from './regions.ts';

/** A file of an embed.FS. Places are offsets in the file. */
export interface EmbeddedFile {
  /** Where the file system's entry for it is, and that entry's bytes. */
  readonly entry: number;
  readonly entryBytes: number;
  /** The path within the file system. */
  readonly nameAt: number;
  readonly nameBytes: number;
  /** -1 for directories and empty files. */
  readonly dataAt: number;
  readonly bytes: number;
}

/** Entries looked at; tables of a hostile file overlap. */
const mostFiles = 1 << 18;
const longestPath = 4096;
/** Bytes of a truncated SHA-256 that each entry ends with. */
const hashBytes = 16;

/**
 * Finds the tables of embed.FS values: a slice's header that leads to the entries right behind itself, each a path, a text, and a hash. A
 * table whose first entry is not sound is none.
 */
export function findEmbeddedFiles(program: Program, regions: Regions): EmbeddedFile[] {
  const found: EmbeddedFile[] = [];
  const { relocations } = program;
  const { word, u32 } = numbersOf(program);
  // The low half of a word decides nearly always, and is read in one go.
  const low = program.pointer === 8 && !program.littleEndian ? 4 : 0;
  const ahead = 3 * program.pointer;
  let left = mostFiles;
  const tryAt = (at: number): void => {
    const count = word(at + program.pointer);
    if (count === 0 || count !== word(at + 2 * program.pointer) || count > left) return;
    left -= count;
    readTable(program, word, at + ahead, count, found);
  };
  if (program.elf.relocatable && relocations.count > 0) {
    for (let index = 0; index < relocations.count; index++) {
      const slot = relocations.slot[index] ?? -1;
      if (relocations.target[index] === slot + ahead) tryAt(program.offsetOf(slot));
    }
    return found;
  }
  for (const { from, to } of regions.readOnly) {
    const base = program.addressOf(from) - from;
    const first = from + ((program.pointer - (from % program.pointer)) % program.pointer);
    for (let at = first; at + ahead <= to; at += program.pointer)
      if (u32(at + low) === (base + at + ahead) >>> 0 && word(at) === base + at + ahead) tryAt(at);
  }
  return found;
}

function readTable(
  program: Program,
  word: (at: number) => number,
  first: number,
  count: number,
  found: EmbeddedFile[],
): void {
  const { pointer, bytes } = program;
  const entryBytes = 4 * pointer + hashBytes;
  if (first + count * entryBytes > bytes.length) return;
  const start = found.length;
  for (let index = 0; index < count; index++) {
    const entry = first + index * entryBytes;
    const nameBytes = word(entry + pointer);
    const nameAt = program.offsetOf(program.pointerAt(entry));
    const size = word(entry + 3 * pointer);
    const dataAt = size === 0 ? -1 : program.offsetOf(program.pointerAt(entry + 2 * pointer));
    const sound =
      nameAt >= 0 &&
      nameBytes > 0 &&
      nameBytes <= longestPath &&
      nameAt + nameBytes <= bytes.length &&
      (size === 0 || (dataAt >= 0 && dataAt + size <= bytes.length));
    if (!sound) {
      found.length = start;
      return;
    }
    found.push({ entry, entryBytes, nameAt, nameBytes, dataAt, bytes: size });
  }
}

/**
 * Tells whether an offset is in the middle of an embedded file: there nothing can begin, whatever number in the code looks like its
 * address.
 */
export function insideFiles(files: readonly EmbeddedFile[]): (offset: number) => boolean {
  const sorted = files
    .filter(({ dataAt }) => dataAt >= 0)
    .toSorted((one, other) => one.dataAt - other.dataAt);
  const start = Float64Array.from(sorted, ({ dataAt }) => dataAt);
  return (offset) => {
    const file = sorted[lastAtMost(start, offset)];
    return file !== undefined && offset > file.dataAt && offset < file.dataAt + file.bytes;
  };
}
