import { growing } from './growing.ts';
import { numbersOf } from './numbers.ts';
import type { Program } from './program.ts';
import type { Regions } from './regions.ts';
import type { Relocations } from './relocations.ts';
import type { SpanIndex } from './spans.ts';

/** Pointers from data to data, in columns, in order of `from`. Offsets in the file. */
export interface DataReferences {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

const most = 1 << 23;

/**
 * Finds pointers in data. Where the loader must relocate them, the relocations are the list. Else every aligned word of the section for data
 * with pointers that is an address of data; of read-only data only headers of strings and slices count, an address followed by a sound
 * length, because tables of numbers have words that look like addresses. Data without pointers is never looked at.
 */
export function findDataReferences(
  program: Program,
  regions: Regions,
  known: SpanIndex,
  relocations: Relocations,
): DataReferences {
  const from = growing(most);
  const to = growing(most);
  const add = (place: number, address: number): void => {
    if (address <= 0) return;
    const target = program.offsetOf(address);
    if (target < 0 || !regions.has(target)) return;
    from.push(place);
    to.push(target);
  };
  if (relocations.count > 0) relocated(program, regions, known, relocations, add);
  else {
    everyWord(program, regions.pointers.from, regions.pointers.to, add);
    for (const range of regions.readOnly) headers(program, range, known, regions, add);
  }
  return { from: from.values(), to: to.values() };
}

type Add = (place: number, address: number) => void;

function relocated(
  program: Program,
  regions: Regions,
  known: SpanIndex,
  relocations: Relocations,
  add: Add,
): void {
  for (let index = 0; index < relocations.count; index++) {
    const place = program.offsetOf(relocations.slot[index] ?? -1);
    const target = relocations.target[index] ?? Number.NaN;
    if (place >= 0 && target > 0 && regions.has(place) && !known.covers(place)) add(place, target);
  }
}

function everyWord(program: Program, from: number, to: number, add: Add): void {
  const { word } = numbersOf(program);
  const size = program.pointer;
  const start = from + ((size - (from % size)) % size);
  for (let at = start; at + size <= to; at += size) {
    const value = word(at);
    if (value !== 0) add(at, value);
  }
}

function headers(
  program: Program,
  range: { readonly from: number; readonly to: number },
  known: SpanIndex,
  regions: Regions,
  add: Add,
): void {
  const { word } = numbersOf(program);
  const size = program.pointer;
  for (let at = range.from + ((size - (range.from % size)) % size); at + 2 * size <= range.to; at += size) {
    const address = word(at);
    // Half of all words are no addresses for being small or huge; this is asked first because it is cheap.
    if (address < 4096 || address > 2 ** 47) continue;
    const length = word(at + size);
    if (length === 0 || length > program.bytes.length || known.covers(at)) continue;
    const target = program.offsetOf(address);
    if (target >= 0 && regions.has(target) && program.offsetOf(address + length - 1) === target + length - 1)
      add(at, address);
  }
}
