/** Numbers in a row that grows: 8 bytes each, where an array of JavaScript would take more and stop the collector. */
export interface Growing {
  readonly length: number;
  push(value: number): void;
  /** What was pushed, not a copy. */
  values(): Float64Array;
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
        const larger = new Float64Array(length * 2);
        larger.set(columns);
        columns = larger;
      }
      columns[length++] = value;
    },
    values: () => columns.subarray(0, length),
  };
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
