/** A typed array that `length` elements fit into: the same one, or a copy of twice the size. */
export function roomFor<A extends Int32Array | Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  column: A,
  length: number,
): A {
  if (length <= column.length) return column;
  const size = Math.max(length, column.length * 2, 64);
  const larger = copyOf(column, size);
  larger.set(column);
  // The same constructor made it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return larger as A;
}

function copyOf(
  column: object,
  size: number,
): Int32Array | Uint8Array | Uint16Array | Uint32Array | Float64Array {
  if (column instanceof Int32Array) return new Int32Array(size);
  if (column instanceof Uint8Array) return new Uint8Array(size);
  if (column instanceof Uint16Array) return new Uint16Array(size);
  if (column instanceof Uint32Array) return new Uint32Array(size);
  return new Float64Array(size);
}
