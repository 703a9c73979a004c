import { readGoBuild } from '../binary/build-info.ts';
import { readBinaryFrom } from '../binary/read.ts';
import type { Binary } from '../binary/read.ts';
import { segmentTypes } from '../binary/elf.ts';
import type { Elf } from '../binary/elf.ts';
import type { FileSource } from '../binary/source.ts';
import { findModuledata } from './moduledata.ts';
import { findPclntab } from './pclntab-find.ts';
import { openPclntab } from './pclntab.ts';
import type { FunctionTables, PclntabHeader } from './pclntab.ts';
import { bytesReader } from './program-words.ts';
import type { BytesReader } from './program-words.ts';
import type { Program } from './program.ts';
import { readRelocations } from './relocations.ts';
import { openFileBytes } from './file-bytes.ts';
import type { FileBytes } from './file-bytes.ts';
import type { Layout } from './sections.ts';

/** A file with all that the ledger's core needs of it. */
export interface Opened {
  readonly program: Program;
  readonly file: FileBytes;
  readonly layout: Layout;
  readonly reader: BytesReader;
  readonly tables?: FunctionTables;
  readonly pclntabHeader?: PclntabHeader;
  /** Undefined when the file is no program, or its headers are damaged. */
  readonly binary?: Binary;
}

/**
 * Lays a file open. What cannot be read is not there; it never throws on damage.
 * @throws ToolError BINARY_UNREADABLE when it is no ELF file
 */
export async function openProgram(source: FileSource): Promise<Opened> {
  const { file, layout } = openFileBytes(source);
  const { bytes } = file;
  const { elf } = layout;
  const reader = bytesReader(bytes, elf);
  const binary = await readBinaryFrom(source).catch(() => undefined);
  const build = binary ?? (await readGoBuild(source, elf).catch(() => undefined));
  const relocations = readRelocations(elf, bytes);
  const { offsetOf, addressOf } = makeMap(elf);
  const pointerAt = (offset: number): number => {
    if (relocations.count > 0) {
      const found = relocations.at(addressOf(offset));
      const target = found < 0 ? Number.NaN : (relocations.target[found] ?? Number.NaN);
      if (!Number.isNaN(target)) return target;
    }
    return reader.word(offset);
  };
  const header = findPclntab(reader, elf);
  const goMinor = minorOf(build?.goVersion);
  const base = {
    name: source.name,
    bytes,
    size: source.size,
    elf,
    class: elf.class,
    littleEndian: elf.littleEndian,
    ...(build?.goVersion === undefined ? {} : { goVersion: build.goVersion }),
    ...(build?.buildInfo ? { buildInfo: build.buildInfo } : {}),
    pointer: elf.class === 64 ? 8 : 4,
    offsetOf,
    addressOf,
    pointerAt,
    relocations,
  } as const;
  const common = { file, layout, reader, ...(binary ? { binary } : {}) };
  if (!header) return { ...common, program: { ...base, minor: goMinor ?? 0 } };
  const ownStart = header.textStartAt < 0 ? 0 : pointerAt(header.textStartAt);
  const { pointer, littleEndian } = base;
  const context = { reader, pointer, littleEndian, minor: goMinor, pointerAt };
  const provisional = openPclntab(header, { ...context, textStart: ownStart });
  const minor = goMinor ?? minorOfLayout(provisional, ownStart);
  const moduledata = findModuledata({ ...base, minor, pclntab: provisional });
  // Go 1.26 and later leave the header's text address empty.
  const tables =
    ownStart > 0 || header.textStartAt < 0
      ? provisional
      : openPclntab(header, { ...context, textStart: moduledata?.text ?? textAddress(elf) });
  return {
    ...common,
    tables,
    pclntabHeader: header,
    program: { ...base, minor, pclntab: tables, ...(moduledata ? { moduledata } : {}) },
  };
}

/** 26 of `go1.26.8`, `go1.26-custom`, `devel go1.26-abcdef`. */
function minorOf(version: string | undefined): number | undefined {
  const found = /\bgo1\.(\d+)/.exec(version ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The last version with the layout, but for those that build info tells apart. */
function minorOfLayout({ layout, layoutOfRecord }: FunctionTables, textStart: number): number {
  switch (layout) {
    case '1.20':
      return textStart === 0 ? 26 : 25;
    case '1.18':
      return 19;
    case '1.16':
      return 17;
    case '1.2':
    default:
      return layoutOfRecord.funcdataWord ? 11 : 15;
  }
}

function textAddress(elf: Elf): number {
  const text = elf.sections.find(({ name }) => name === '.text');
  if (text) return text.address;
  return elf.segments.find(({ type, executable }) => type === segmentTypes.load && executable)?.address ?? 0;
}

/** Both ways between memory and file. The segment found last is tried first: neighbours are asked for together. */
function makeMap(elf: Elf): { offsetOf(address: number): number; addressOf(offset: number): number } {
  const loaded = elf.segments.filter(({ type, fileSize }) => type === segmentTypes.load && fileSize > 0);
  const [first] = loaded;
  if (!first) return { offsetOf: () => -1, addressOf: () => -1 };
  let last = first;
  const offsetOf = (address: number): number => {
    const inside = address - last.address;
    if (inside >= 0 && inside < last.fileSize) return last.offset + inside;
    for (const segment of loaded) {
      const place = address - segment.address;
      if (place >= 0 && place < segment.fileSize) {
        last = segment;
        return segment.offset + place;
      }
    }
    return -1;
  };
  const addressOf = (offset: number): number => {
    for (const segment of loaded) {
      const inside = offset - segment.offset;
      if (inside >= 0 && inside < segment.fileSize) return segment.address + inside;
    }
    return -1;
  };
  return { offsetOf, addressOf };
}
