/** reflect.Kind of composed types. */
export const kinds = {
  array: 17,
  chan: 18,
  func: 19,
  interface: 20,
  map: 21,
  pointer: 22,
  slice: 23,
  struct: 25,
  last: 26,
} as const;

export const typeFlags = { uncommon: 1, named: 4 } as const;

/** Where the parts of a type descriptor are (internal/abi.Type and its kin), in bytes from its start. */
export interface TypeLayout {
  readonly pointer: 4 | 8;
  readonly pointerBytes: number;
  readonly flags: number;
  readonly align: number;
  readonly fieldAlign: number;
  readonly kind: number;
  readonly gcdata: number;
  readonly name: number;
  readonly pointerToThis: number;
  /** Bytes of what all kinds have. */
  readonly common: number;
  /** Bytes of uncommon data, and of each method, parameter, field and interface method. */
  readonly uncommon: number;
  readonly method: number;
  readonly field: number;
  readonly interfaceMethod: number;
  /** Names' lengths are written as varints (Go 1.17); before, in two bytes, high one first. */
  readonly varintNames: boolean;
  /** Bytes of a descriptor of a kind, without uncommon data. */
  sizeOf(kind: number): number;
}

/** The layout in Go 1.`minor`, from 1.7 on. */
export function typeLayout(minor: number, pointer: 4 | 8): TypeLayout {
  const common = 4 * pointer + 16;
  const words: Readonly<Record<number, number>> = {
    [kinds.array]: 3,
    [kinds.chan]: 2,
    [kinds.interface]: 4,
    [kinds.pointer]: 1,
    [kinds.slice]: 1,
    [kinds.struct]: 4,
  };
  return {
    pointer,
    pointerBytes: pointer,
    flags: 2 * pointer + 4,
    align: 2 * pointer + 5,
    fieldAlign: 2 * pointer + 6,
    kind: 2 * pointer + 7,
    gcdata: 3 * pointer + 8,
    name: 4 * pointer + 8,
    pointerToThis: 4 * pointer + 12,
    common,
    uncommon: 16,
    method: 16,
    field: 3 * pointer,
    interfaceMethod: 8,
    varintNames: minor >= 17,
    sizeOf: (kind) => {
      if (kind === kinds.map) return common + mapBytes(minor, pointer);
      // Two counts of 16 bits, filled up to a word.
      if (kind === kinds.func) return common + Math.max(4, pointer);
      return common + (words[kind] ?? 0) * pointer;
    },
  };
}

/** A map's record changed with the implementation of maps: buckets until Go 1.23 (without the header's type and the hash function in 1.12 and 1.13), groups of slots since. */
function mapBytes(minor: number, pointer: 4 | 8): number {
  if (minor >= 27) return 11 * pointer;
  if (minor >= 24) return 8 * pointer;
  return (minor === 12 || minor === 13 ? 3 : 4) * pointer + 8;
}
