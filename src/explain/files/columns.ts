type Column = Int32Array | Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Makes `length` elements fit into each of columns that grow together. */
export function growColumns(columns: Record<string, Column>, length: number): void {
  for (const name of Object.keys(columns)) {
    const column = columns[name];
    if (column) columns[name] = roomFor(column, length);
  }
}

/** A typed array that `length` elements fit into: the same one, or a copy of twice the size. */
export function roomFor<A extends Column>(column: A, length: number): A {
  if (length <= column.length) return column;
  const size = Math.max(length, column.length * 2, 64);
  const larger = copyOf(column, size);
  larger.set(column);
  // The same constructor made it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return larger as A;
}

function copyOf(column: object, size: number): Column {
  if (column instanceof Int32Array) return new Int32Array(size);
  if (column instanceof Uint8Array) return new Uint8Array(size);
  if (column instanceof Uint16Array) return new Uint16Array(size);
  if (column instanceof Uint32Array) return new Uint32Array(size);
  return new Float64Array(size);
}
