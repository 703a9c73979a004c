import type { EmbeddedFile } from './embedded.ts';
import { growing, lastAtMost, letGo } from './growing.ts';
import { numbersOf } from './numbers.ts';
import { pointerMask } from './pointer-mask.ts';
import type { Program } from './program.ts';
import type { Regions } from './regions.ts';
import type { SpanIndex } from './spans.ts';

/** Pointers from data to data, in columns. Offsets in the file. */
export interface DataReferences {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

const most = 1 << 22;

/** What finding needs beside the program. */
export interface DataSearch {
  readonly regions: Regions;
  /** Type data: it has an owner, and its pointers are followed elsewhere. */
  readonly known: SpanIndex;
  /** What code refers to, ascending. */
  readonly code: Float64Array;
  readonly embedded: readonly EmbeddedFile[];
}

/**
 * Finds pointers in data. Where the loader must relocate them, the relocations are the list. Else the garbage collector's mask says which
 * words of the data section are pointers, and of read-only data only headers of strings and slices count, because tables of numbers
 * have words that look like addresses. Data without pointers is never looked at.
 */
export function findDataReferences(program: Program, search: DataSearch): DataReferences {
  const { regions, known } = search;
  const { relocations } = program;
  const from = growing(most);
  const to = growing(most);
  const add = (place: number, address: number): void => {
    if (address <= 0) return;
    const target = program.offsetOf(address);
    if (target < 0 || !regions.has(target)) return;
    from.push(place);
    to.push(target);
  };
  // A program at a fixed address that needs shared libraries has some too, of what it takes from them.
  if (program.elf.relocatable && relocations.count > 0) {
    for (let index = 0; index < relocations.count; index++) {
      const place = program.offsetOf(relocations.slot[index] ?? -1);
      if (place >= 0 && regions.has(place) && !known.covers(place))
        add(place, relocations.target[index] ?? 0);
    }
  } else {
    maskedWords(program, regions, add);
    for (const { entry, nameAt, dataAt } of search.embedded) {
      add(entry, program.addressOf(nameAt));
      if (dataAt >= 0) add(entry, program.addressOf(dataAt));
    }
    headers(program, search, { from: from.values().slice(), to: to.values().slice() }, add);
  }
  return { from: from.values(), to: to.values() };
}

type Add = (place: number, address: number) => void;

function maskedWords(program: Program, { pointers }: Regions, add: Add): void {
  const { word } = numbersOf(program);
  const size = program.pointer;
  const count = Math.floor((pointers.to - pointers.from) / size);
  const mask = pointerMask(program, program.moduledata?.gcdata ?? 0, count);
  for (let index = 0; index < count; index++) {
    if (mask && mask[index] !== 1) continue;
    const at = pointers.from + index * size;
    const value = word(at);
    if (value !== 0) add(at, value);
  }
}

/**
 * Headers in read-only data. A string's is an address and a length, and right behind its text another object begins, as the linker packs
 * texts (large ones with zeros up to the next one's alignment): a pair of numbers hardly ever does that. A slice's has a capacity
 * that equals the length.
 */
function headers(program: Program, search: DataSearch, data: DataReferences, add: Add): void {
  const strings = growing(most);
  const ends = growing(most);
  const places = growing(most);
  for (const range of search.regions.readOnly) {
    eachHeader(program, search, range, (at, target, length, slice) => {
      if (slice) {
        add(at, program.addressOf(target));
        return;
      }
      places.push(at);
      strings.push(target);
      ends.push(target + length);
    });
  }
  letGo(data.from);
  const starts = joined([search.code, data.to, strings.values(), search.known.start]);
  letGo(data.to);
  const [place, string, end] = [places.values(), strings.values(), ends.values()];
  for (let index = 0; index < place.length; index++) {
    const behind = end[index] ?? 0;
    const next = Math.min(
      starts[lastAtMost(starts, behind - 1) + 1] ?? behind + align,
      search.regions.barrierAfter(behind - 1),
    );
    if (next - behind < align && allZero(program.bytes, behind, next))
      add(place[index] ?? 0, program.addressOf(string[index] ?? 0));
  }
  letGo(starts);
  for (const column of [strings, ends, places]) column.clear();
}

/** The largest alignment of data. */
const align = 32;

function allZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort();
}

function eachHeader(
  program: Program,
  { regions, known }: DataSearch,
  range: { readonly from: number; readonly to: number },
  found: (at: number, target: number, length: number, slice: boolean) => void,
): void {
  const { word } = numbersOf(program);
  const size = program.pointer;
  for (let at = range.from + ((size - (range.from % size)) % size); at + 2 * size <= range.to; at += size) {
    const address = word(at);
    // Most words are too small or too large for an address; this is asked first because it is cheap.
    if (address < 4096 || address > 2 ** 47) continue;
    const length = word(at + size);
    if (length === 0 || length > program.bytes.length || known.covers(at)) continue;
    const target = program.offsetOf(address);
    if (target < 0 || !regions.has(target)) continue;
    if (program.offsetOf(address + length - 1) !== target + length - 1) continue;
    found(at, target, length, word(at + 2 * size) === length);
  }
}
