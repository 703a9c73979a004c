import { roomFor } from './columns.ts';

/** What is seen of an ELF file while it passes by. */
export interface ElfFacts {
  /** `program`: also a library; `object`: what a linker has yet to take. */
  readonly form: 'program' | 'object';
  /** Made by Go. */
  readonly go: boolean;
  /** Asks for a loader, and so for shared libraries. */
  readonly dynamic: boolean;
  /** Bytes of sections that are not loaded but for a debugger. */
  readonly debug: number;
  /** Bytes of symbol table and its names, which are not loaded either. */
  readonly symbols: number;
}

export interface ElfLook {
  /** The next bytes of the file; the first call has at least 64, or all there are. */
  pass(bytes: Buffer): void;
  facts(): ElfFacts;
}

/** Section types of the System V ABI, and the flag of a section that is in memory. */
const [programBits, symbolTable, stringTable] = [1, 2, 3];
const inMemory = 2;
/** Sections smaller than this are remarks (`.comment`, the name of a separate debug file), which strip leaves. */
const smallestDebug = 512;
const mostSections = 65_535;
const [loadSegment, loaderSegment] = [1, 3];
const mostSegments = 1000;
/** The build info, the build id of old versions, and the note with it (owner `Go`, type 4) in either byte order. */
const goMarks = ['\xff Go buildinf:', '\xff Go build ID: "', '\x04\0\0\0Go\0\0', '\0\0\0\x04Go\0\0'].map(
  (mark) => Buffer.from(mark, 'latin1'),
);
const markLength = 16;

/** True for the first bytes of an ELF file. */
export function isElf(start: Uint8Array): boolean {
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
}

/**
 * Reads an ELF file's headers from a stream, without going back: of the section table only what is in the table itself is taken, as the
 * sections' names lie anywhere in the file.
 */
export function elfLook(size: number): ElfLook {
  let at = 0;
  let header: Header | undefined;
  let table = new Uint8Array(0);
  let tail = Buffer.alloc(0);
  let go = false;
  const capture = (bytes: Buffer): void => {
    if (!header) return;
    const from = Math.max(header.tableAt, at);
    const to = Math.min(header.tableAt + header.tableSize, at + bytes.length);
    if (from >= to) return;
    // A table as long as the file claims, but never longer than what came of it.
    table = roomFor(table, to - header.tableAt);
    table.set(bytes.subarray(from - at, to - at), from - header.tableAt);
  };
  /** The build info of Go is where the writable data begin; the rest of the file need not be searched. */
  const search = (bytes: Buffer): void => {
    for (const { from, to } of go ? [] : (header?.data ?? [])) {
      if (to <= at || from >= at + bytes.length) continue;
      const part = bytes.subarray(Math.max(0, from - at), to - at);
      go ||= hasMark(part) || hasMark(Buffer.concat([tail, part.subarray(0, markLength)]));
      tail = Buffer.from(part.subarray(-markLength));
    }
  };
  return {
    pass: (bytes) => {
      header ??= at === 0 ? readHeader(bytes, size) : undefined;
      capture(bytes);
      go ||= at === 0 && looksGo(bytes);
      search(bytes);
      at += bytes.length;
    },
    facts: () => ({
      form: header?.object ? 'object' : 'program',
      go,
      dynamic: header?.dynamic ?? false,
      ...(header
        ? sums(header, Buffer.from(table.buffer, 0, Math.min(table.length, header.tableSize)), size)
        : none),
    }),
  };
}

const none = { debug: 0, symbols: 0 };

interface Header {
  readonly wide: boolean;
  readonly little: boolean;
  readonly object: boolean;
  readonly tableAt: number;
  readonly entrySize: number;
  readonly tableSize: number;
  /** The writable segments. */
  readonly data: readonly { readonly from: number; readonly to: number }[];
  readonly dynamic: boolean;
}

function readHeader(bytes: Buffer, size: number): Header | undefined {
  if (bytes.length < 52) return undefined;
  const [wide, little] = [bytes[4] === 2, bytes[5] === 1];
  if (wide && bytes.length < 64) return undefined;
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const tableAt = wide ? wordAt(bytes, 40, little) : u32At(bytes, 32, little);
  const [entrySize, count] = [u16(wide ? 58 : 46), u16(wide ? 60 : 48)];
  const sound = entrySize >= (wide ? 64 : 40) && count <= mostSections && tableAt > 0;
  const tableSize = sound && tableAt + entrySize * count <= size ? entrySize * count : 0;
  const object = u16(16) === 1;
  return { wide, little, object, tableAt, entrySize, tableSize, ...segmentsOf(bytes, wide, little) };
}

/** Program headers stand behind the file's header; of those further on nothing is known. */
function segmentsOf(bytes: Buffer, wide: boolean, little: boolean): Pick<Header, 'data' | 'dynamic'> {
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => u32At(bytes, at, little);
  const first = wide ? wordAt(bytes, 32, little) : u32(28);
  const [size, count] = [u16(wide ? 54 : 42), u16(wide ? 56 : 44)];
  const sound = size >= (wide ? 56 : 32) && count <= mostSegments && first + size * count <= bytes.length;
  const headers = Array.from({ length: sound ? count : 0 }, (_, index) => first + index * size);
  const writable = headers.filter((at) => u32(at) === loadSegment && (u32(at + (wide ? 4 : 24)) & 2) !== 0);
  return {
    dynamic: headers.some((at) => u32(at) === loaderSegment),
    data: writable.map((at) => {
      const from = wide ? wordAt(bytes, at + 8, little) : u32(at + 4);
      return { from, to: from + (wide ? wordAt(bytes, at + 32, little) : u32(at + 16)) };
    }),
  };
}

function sums({ wide, little, entrySize, tableSize }: Header, table: Buffer, fileSize: number): typeof none {
  if (table.length < tableSize) return none;
  const word = (at: number): number => (wide ? wordAt(table, at, little) : u32At(table, at, little));
  const count = Math.floor(table.length / Math.max(entrySize, 1));
  const symbolNames = new Set<number>();
  let [debug, symbols] = [0, 0];
  const at = (index: number): number => index * entrySize;
  const loaded = (index: number): boolean => (word(at(index) + 8) & inMemory) !== 0;
  const bytesOf = (index: number): number => Math.min(word(at(index) + (wide ? 32 : 20)), fileSize);
  for (let index = 0; index < count; index++) {
    const type = u32At(table, at(index) + 4, little);
    if (loaded(index)) continue;
    if (type === symbolTable) {
      symbols += bytesOf(index);
      symbolNames.add(u32At(table, at(index) + (wide ? 40 : 24), little));
    } else if (type === programBits && bytesOf(index) >= smallestDebug) debug += bytesOf(index);
  }
  for (const index of symbolNames) {
    if (index < count && u32At(table, at(index) + 4, little) === stringTable && !loaded(index))
      symbols += bytesOf(index);
  }
  // Sections that lie over each other would count more than there is.
  return debug + symbols > fileSize ? none : { debug, symbols };
}

/** True for the first bytes of a program that Go made, nearly always. */
export function looksGo(head: Buffer): boolean {
  return hasMark(head.subarray(0, 64 * 1024));
}

function hasMark(bytes: Buffer): boolean {
  return goMarks.some((mark) => bytes.includes(mark));
}

function u32At(bytes: Buffer, at: number, little: boolean): number {
  return little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Above 2^53 the low bits are lost; such a number is no offset of any file. */
function wordAt(bytes: Buffer, at: number, little: boolean): number {
  const [low, high] = little ? [at, at + 4] : [at + 4, at];
  return u32At(bytes, high, little) * 2 ** 32 + u32At(bytes, low, little);
}
