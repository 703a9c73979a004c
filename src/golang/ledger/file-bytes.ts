import type { FileSource } from '../binary/source.ts';
import { letGo } from './growing.ts';
import { bytesReader } from './program-words.ts';
import { readLayout, sectionFlags } from './sections.ts';
import type { FullSection, Layout } from './sections.ts';

/** A file's bytes: in memory as far as they are read again and again. */
export interface FileBytes {
  /** As long as the file. What is not held reads as zero. */
  readonly bytes: Buffer;
  /** The bytes [from, to), held or not. @throws ToolError BINARY_UNREADABLE when they are not in the file */
  part(from: number, to: number): Buffer;
  /** As `part`, for as long as `work` takes: what is not held is given back at once. */
  use<R>(from: number, to: number, work: (bytes: Buffer) => R): R;
  /** True when all of [from, to) is in `bytes`. */
  holds(from: number, to: number): boolean;
  /** Reads bytes into a buffer that is used again and again. @throws as `part` */
  fill(target: Buffer, from: number): void;
  /** Gives the memory back: `bytes` and all that was made of it must not be touched any more. `part` goes on. */
  release(): void;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Opens a file for its ledger. Code, debug data and the symbol table are gone through once, in order, and are two thirds of a program:
 * they stay on the disk. Memory that is never written to takes no place, so that offsets are those of the file all the same.
 * @throws ToolError BINARY_UNREADABLE when it is no ELF file
 */
export function openFileBytes(source: FileSource): { readonly file: FileBytes; readonly layout: Layout } {
  const { size, whole } = source;
  if (whole) return { file: heldBytes(source, whole, []), layout: readLayout(source.name, whole) };
  const bytes = Buffer.from(new ArrayBuffer(size));
  const load = (from: number, to: number): void => {
    source.fill(bytes.subarray(from, to), from);
  };
  load(0, Math.min(size, firstPart));
  const layout = loadHeaders(bytes, load) ? readLayout(source.name, bytes) : undefined;
  const left = layout ? leftOut(layout, size) : [];
  let at = 0;
  for (const { from, to } of left) {
    load(at, from);
    at = to;
  }
  load(at, size);
  return { file: heldBytes(source, bytes, left), layout: layout ?? readLayout(source.name, bytes) };
}

/** Bytes with the file's header and its program headers, where linkers put them. */
const firstPart = 4096;

/** Reads the section headers with their names; false when they are not where a plain file has them. */
function loadHeaders(bytes: Buffer, load: (from: number, to: number) => void): boolean {
  if (bytes.length < firstPart || bytes.readUInt32BE(0) !== 0x7f454c46) return false;
  const form = { class: bytes[4] === 2 ? 64 : 32, littleEndian: bytes[5] === 1 } as const;
  const wide = form.class === 64;
  const reader = bytesReader(bytes, form);
  const counts = wide ? 54 : 42;
  const segments = reader.word(wide ? 32 : 28) + reader.u16(counts) * reader.u16(counts + 2);
  const table = reader.word(wide ? 40 : 32);
  const [entry, count, names] = [reader.u16(counts + 4), reader.u16(counts + 6), reader.u16(counts + 8)];
  const end = table + entry * count;
  if (segments > firstPart || table === 0 || entry < (wide ? 64 : 40) || names >= count || end > bytes.length)
    return false;
  load(table, end);
  const header = table + names * entry;
  const from = reader.word(header + (wide ? 24 : 16));
  const to = from + reader.word(header + (wide ? 32 : 20));
  if (to > bytes.length) return false;
  load(from, to);
  return true;
}

const symbolTable = 2;

/** What is not held, in order: only where nothing else claims the same bytes, and no address but those of code leads there. */
function leftOut({ sections, elf, problems }: Layout, size: number): Range[] {
  // Where headers are damaged or missing, all is looked through.
  const plain = problems.length === 0 && sections.some(({ name }) => name.endsWith('.gopclntab'));
  if (!plain) return [];
  const full = sections.filter((section) => section.size > 0).toSorted((a, b) => a.offset - b.offset);
  const symbols = full.filter(({ type }) => type === symbolTable);
  const names = new Set(symbols.map(({ link }) => sections[link]));
  const isCode = ({ name, flags }: FullSection): boolean =>
    name === '.text' && (flags & sectionFlags.code) !== 0;
  const once = (section: FullSection): boolean =>
    isCode(section) || /^\.z?debug_/.test(section.name) || section.type === symbolTable || names.has(section);
  let reach = 0;
  return full.flatMap((section, index) => {
    const { offset: from } = section;
    const to = Math.min(size, from + section.size);
    const apart = reach <= from && (full[index + 1]?.offset ?? size) >= to;
    reach = Math.max(reach, to);
    const loaded = elf.segments.some(
      ({ type, executable, offset, fileSize }) =>
        type === 1 && !(executable && isCode(section)) && offset < to && from < offset + fileSize,
    );
    return once(section) && apart && !loaded ? [{ from, to }] : [];
  });
}

function heldBytes(source: FileSource, bytes: Buffer, left: readonly Range[]): FileBytes {
  let held = true;
  const holds = (from: number, to: number): boolean =>
    held && !left.some((range) => range.from < to && from < range.to);
  const part = (from: number, to: number): Buffer => {
    if (holds(from, to)) return bytes.subarray(from, to);
    const target = Buffer.allocUnsafeSlow(to - from);
    source.fill(target, from);
    return target;
  };
  return {
    bytes,
    holds,
    part,
    use: (from, to, work) => {
      const read = part(from, to);
      const result = work(read);
      if (!holds(from, to)) letGo(read);
      return result;
    },
    fill: (target, from) => {
      source.fill(target, from);
    },
    release: () => {
      if (source.whole) return;
      held = false;
      letGo(bytes);
    },
  };
}
