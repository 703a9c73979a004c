/** Numbers in a row that grows: 8 bytes each, where an array of JavaScript would take more and stop the collector. */
export interface Growing {
  readonly length: number;
  push(value: number): void;
  /** What was pushed, not a copy. */
  values(): Float64Array;
  /** Gives the memory back; it is empty then. */
  clear(): void;
}

/** @param most pushes beyond it are dropped: a bound against files that make endless tables */
export function growing(most: number): Growing {
  let length = 0;
  let columns = new Float64Array(1024);
  return {
    get length() {
      return length;
    },
    push: (value) => {
      if (length === columns.length) {
        if (length >= most) return;
        columns = new Float64Array(columns.buffer.transfer(16 * length));
      }
      columns[length++] = value;
    },
    values: () => columns.subarray(0, length),
    clear: () => {
      letGo(columns);
      columns = new Float64Array(1024);
      length = 0;
    },
  };
}

/**
 * Gives columns' memory back at once. The collector goes by what its own heap holds, and lets a hundred megabytes of such columns lie.
 * They must not be used any more. What shares its memory with others is left alone.
 */
export function letGo(...columns: readonly ArrayBufferView[]): void {
  for (const { buffer, byteLength } of columns)
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Index of the last element that is at most `value` in an ascending row; -1 when all are above it. */
export function lastAtMost(row: Float64Array, value: number): number {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((row[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
