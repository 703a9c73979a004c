import { numbersOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';
import type { Moduledata, Program } from './program.ts';
import { kinds, typeFlags, typeLayout } from './type-layout.ts';
import type { TypeLayout } from './type-layout.ts';
import { nameRecords } from './type-names.ts';
import type { NameRecords } from './type-names.ts';

/** Reads descriptors in a program's type data. All places are offsets in the file. */
export interface TypeReader {
  readonly program: Program;
  readonly numbers: Numbers;
  readonly layout: TypeLayout;
  readonly names: NameRecords;
  /** First byte of type data, and the first after it. */
  readonly start: number;
  readonly end: number;
  kindOf(type: number): number;
  /** Place of the uncommon data; 0 when there is none. */
  uncommonOf(type: number): number;
  /** What a 32-bit distance from the start of type data leads to; 0 for nothing. */
  distance(at: number): number;
  /** What a pointer leads to; 0 for nothing in the file. */
  pointer(at: number): number;
  /** True when a descriptor can be there. */
  plausible(type: number): boolean;
  /** `count` as long as the sum of all counts is one that the file's bytes can hold, then 0: parts of hostile types overlap. */
  allow(count: number): number;
}

/** A type has at most this many methods, fields or parameters. */
const mostParts = 1 << 16;

/** @returns undefined when the program has no type data that can be read: before Go 1.7, or damaged */
export function openTypes(program: Program, moduledata: Moduledata): TypeReader | undefined {
  const start = program.offsetOf(moduledata.types);
  if (moduledata.types === 0 || start < 0) return undefined;
  const end = start + (moduledata.etypes - moduledata.types);
  const numbers = numbersOf(program);
  const layout = typeLayout(program.minor, program.pointer);
  const names = nameRecords(program.bytes, numbers, layout.varintNames);
  const inside = (place: number): number => (place > start && place < end ? place : 0);
  const kindOf = (type: number): number => numbers.u8(type + layout.kind) & 31;
  const distance = (at: number): number => {
    const far = numbers.i32(at);
    return far > 0 ? inside(start + far) : 0;
  };
  const pointer = (at: number): number => {
    const address = program.pointerAt(at);
    return address === 0 ? 0 : Math.max(0, program.offsetOf(address));
  };
  let allowed = program.bytes.length;
  const isAlignment = (value: number): boolean => value > 0 && value <= 64 && (value & (value - 1)) === 0;
  return {
    program,
    numbers,
    layout,
    names,
    start,
    end,
    kindOf,
    distance,
    pointer,
    allow: (count) => {
      if (count > allowed) return 0;
      allowed -= count;
      return count;
    },
    uncommonOf: (type) =>
      (numbers.u8(type + layout.flags) & typeFlags.uncommon) === 0 ? 0 : type + layout.sizeOf(kindOf(type)),
    plausible: (type) => {
      const kind = kindOf(type);
      const name = distance(type + layout.name);
      return (
        inside(type) > 0 &&
        type % layout.pointer === 0 &&
        kind > 0 &&
        kind <= kinds.last &&
        isAlignment(numbers.u8(type + layout.align)) &&
        isAlignment(numbers.u8(type + layout.fieldAlign)) &&
        numbers.word(type + layout.pointerBytes) <= numbers.word(type) &&
        name > 0 &&
        names.sizeAt(name) > 2
      );
    },
  };
}

/** Calls `part` for each type that a descriptor consists of: element, key, fields, parameters, results, methods of an interface. */
export function eachPart(types: TypeReader, type: number, part: (type: number) => void): void {
  const { layout } = types;
  const { pointer, common } = layout;
  switch (types.kindOf(type)) {
    case kinds.array:
      part(types.pointer(type + common));
      part(types.pointer(type + common + pointer));
      break;
    case kinds.chan:
    case kinds.pointer:
    case kinds.slice:
      part(types.pointer(type + common));
      break;
    case kinds.map:
      part(types.pointer(type + common));
      part(types.pointer(type + common + pointer));
      break;
    case kinds.func: {
      const { at, count } = parameters(types, type);
      for (let index = 0; index < count; index++) part(types.pointer(at + index * pointer));
      break;
    }
    case kinds.struct:
      eachRow(types, type + common + pointer, layout.field, (row) => {
        part(types.pointer(row + pointer));
      });
      break;
    case kinds.interface:
      eachRow(types, type + common + pointer, layout.interfaceMethod, (row) => {
        part(types.distance(row + 4));
      });
      break;
    default:
  }
}

/** A function type's parameters and results: pointers in a row after the uncommon data. */
export function parameters(types: TypeReader, type: number): { at: number; count: number } {
  const { layout, numbers } = types;
  const uncommon = types.uncommonOf(type);
  return {
    at: uncommon > 0 ? uncommon + layout.uncommon : type + layout.sizeOf(kinds.func),
    count: types.allow(numbers.u16(type + layout.common) + (numbers.u16(type + layout.common + 2) & 0x7fff)),
  };
}

/** The rows of a slice in type data. */
export function eachRow(types: TypeReader, slice: number, size: number, row: (at: number) => void): void {
  const { at, count } = rowsOf(types, slice);
  for (let index = 0; index < count; index++) row(at + index * size);
}

export function rowsOf(types: TypeReader, slice: number): { at: number; count: number } {
  const at = types.pointer(slice);
  const count = types.numbers.word(slice + types.layout.pointer);
  return at > 0 && count <= mostParts ? { at, count: types.allow(count) } : { at: 0, count: 0 };
}

/** The methods of a type with uncommon data. */
export function methodsOf(types: TypeReader, uncommon: number): { at: number; count: number } {
  if (uncommon === 0) return { at: 0, count: 0 };
  const count = types.allow(types.numbers.u16(uncommon + 4));
  return { at: uncommon + types.numbers.u32(uncommon + 8), count };
}
