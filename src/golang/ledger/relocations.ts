import { fileRange, segmentTypes } from '../binary/elf.ts';
import type { Elf } from '../binary/elf.ts';
import { numbersOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';

/** What the loader of a position-independent file adds its base to, in order of the slots' addresses. */
export interface Relocations {
  readonly count: number;
  /** Memory address of the pointer-sized word that is written. */
  readonly slot: Float64Array;
  /** The memory address that is written there, for a base of 0; NaN when it depends on another file's symbol. */
  readonly target: Float64Array;
  /** Offset in the file of the record. */
  readonly record: Float64Array;
  /** Bytes of the record. */
  readonly recordSize: Uint8Array;
  /** Index of the relocation of the word at an address; -1 when the loader leaves it alone. */
  at(address: number): number;
}

/** DT_RELA, DT_RELASZ, DT_REL, DT_RELSZ (System V ABI, "Dynamic Section"); DT_JMPREL and DT_PLTRELSZ are of functions only. */
const tags = { rela: 7, relaSize: 8, rel: 17, relSize: 18 } as const;

/** R_*_RELATIVE of each processor. */
const relativeTypes: Readonly<Record<string, number>> = {
  '386': 8,
  amd64: 8,
  arm: 23,
  arm64: 1027,
  loong64: 3,
  mips: 3,
  mipsle: 3,
  mips64: 3,
  mips64le: 3,
  ppc64: 22,
  ppc64le: 22,
  riscv64: 3,
  s390x: 12,
};

/** Reads the dynamic relocations by address, as the loader does. A table that does not fit into the file is left out. */
export function readRelocations(elf: Elf, bytes: Buffer): Relocations {
  const numbers = numbersOf({ class: elf.class, littleEndian: elf.littleEndian, bytes });
  const wide = elf.class === 64;
  const dynamic = readTags(elf, numbers);
  const tables = [
    tableAt(elf, bytes.length, dynamic.get(tags.rela), dynamic.get(tags.relaSize), wide ? 24 : 12, true),
    tableAt(elf, bytes.length, dynamic.get(tags.rel), dynamic.get(tags.relSize), wide ? 16 : 8, false),
  ].filter((table) => table !== undefined);
  const count = tables.reduce((sum, table) => sum + table.count, 0);
  const found = {
    slot: new Float64Array(count),
    target: new Float64Array(count),
    record: new Float64Array(count),
    recordSize: new Uint8Array(count),
  };
  let index = 0;
  for (const table of tables) {
    for (let row = 0; row < table.count; row++, index++) {
      const at = table.offset + row * table.entry;
      const slot = numbers.word(at);
      found.slot[index] = slot;
      found.target[index] = targetOf(elf, numbers, { at, slot, addend: table.addend });
      found.record[index] = at;
      found.recordSize[index] = table.entry;
    }
  }
  return inOrder(found);
}

function readTags(elf: Elf, numbers: Numbers): Map<number, number> {
  const found = new Map<number, number>();
  const segment = elf.segments.find(({ type }) => type === segmentTypes.dynamic);
  if (!segment) return found;
  const size = elf.class / 8;
  const end = Math.min(segment.offset + segment.fileSize, numbers.size);
  for (let at = segment.offset; at + 2 * size <= end; at += 2 * size) {
    const tag = numbers.word(at);
    if (tag === 0) break;
    if (tag <= tags.relSize) found.set(tag, numbers.word(at + size));
  }
  return found;
}

interface Table {
  readonly offset: number;
  readonly count: number;
  readonly entry: number;
  readonly addend: boolean;
}

function tableAt(
  elf: Elf,
  fileSize: number,
  address: number | undefined,
  size: number | undefined,
  entry: number,
  addend: boolean,
): Table | undefined {
  if (!address || !size) return undefined;
  const range = fileRange(elf, address);
  if (!range || size > range.available || range.offset + size > fileSize) return undefined;
  return { offset: range.offset, count: Math.floor(size / entry), entry, addend };
}

function targetOf(
  elf: Elf,
  numbers: Numbers,
  of: { readonly at: number; readonly slot: number; readonly addend: boolean },
): number {
  const size = elf.class / 8;
  if (relocationType(elf, numbers, of.at + size) !== relativeTypes[elf.machine]) return Number.NaN;
  if (of.addend) return numbers.word(of.at + 2 * size);
  const range = fileRange(elf, of.slot);
  return range ? numbers.word(range.offset) : Number.NaN;
}

/** The type is in the low part of r_info; MIPS of 64 bit has its own order of bytes, with the first type last. */
function relocationType(elf: Elf, numbers: Numbers, at: number): number {
  if (elf.class === 32) return numbers.u8(elf.littleEndian ? at : at + 3);
  if (elf.machine.startsWith('mips')) return numbers.u8(at + 7);
  return numbers.u32(elf.littleEndian ? at : at + 4);
}

function inOrder(found: Omit<Relocations, 'count' | 'at'>): Relocations {
  const { slot } = found;
  const count = slot.length;
  let sorted = true;
  for (let index = 1; sorted && index < count; index++) sorted = (slot[index - 1] ?? 0) <= (slot[index] ?? 0);
  const order = Uint32Array.from({ length: sorted ? 0 : count }, (_, index) => index);
  order.sort((a, b) => (slot[a] ?? 0) - (slot[b] ?? 0));
  const ordered = (column: Float64Array): Float64Array =>
    sorted ? column : Float64Array.from(order, (index) => column[index] ?? 0);
  const slots = ordered(slot);
  return {
    count,
    slot: slots,
    target: ordered(found.target),
    record: ordered(found.record),
    recordSize: sorted ? found.recordSize : Uint8Array.from(order, (index) => found.recordSize[index] ?? 0),
    at: (address) => {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((slots[middle] ?? 0) < address) low = middle + 1;
        else high = middle;
      }
      return slots[low] === address ? low : -1;
    },
  };
}
