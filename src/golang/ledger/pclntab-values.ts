/**
 * Walks a table of values by program counter: pairs of a change of the value (zigzag varint) and of the program counter
 * (varint, in smallest instructions), ended by a change of 0 (runtime.step). One walker is used again and again: there are millions of steps.
 */
export interface ValueWalker {
  /** Goes to the table at `offset` in the file. */
  open(offset: number): void;
  /** The next run; false at the end. A table that runs out of its bounds ends there. */
  next(): boolean;
  /** Of the present run. */
  value: number;
  /** Bytes from the function's entry to the end of the present run. */
  pc: number;
  /** Offset in the file behind what was read. */
  at: number;
}

/** @param end offset in the file that no table reaches beyond */
export function valueWalker(bytes: Buffer, end: number, quantum: number): ValueWalker {
  let first = true;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35 && walker.at < end; shift += 7) {
      const byte = bytes[walker.at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    walker.at = end;
    return 0;
  };
  const walker: ValueWalker = {
    value: -1,
    pc: 0,
    at: 0,
    open: (offset) => {
      walker.value = -1;
      walker.pc = 0;
      walker.at = offset;
      first = true;
    },
    next: () => {
      if (walker.at >= end) return false;
      const change = varint();
      if (change === 0 && !first) return false;
      first = false;
      walker.value = (walker.value + ((change >>> 1) ^ -(change & 1))) | 0;
      walker.pc += (varint() >>> 0) * quantum;
      return true;
    },
  };
  return walker;
}

/** The end of a table in the file, and the bytes of code that it speaks of; found without its values. */
export interface TableEnd {
  at: number;
  pc: number;
}

/** Passes over a table, as the walker does. `result` is given to be filled: this is done a million times. */
export function skipTable(bytes: Buffer, from: number, end: number, result: TableEnd): void {
  let at = from;
  let pc = 0;
  for (let first = true; at < end; first = false) {
    let byte = bytes[at++] ?? 0;
    // Only the first change may be zero, which elsewhere ends the table.
    if (byte === 0 && !first) break;
    while (byte >= 0x80 && at < end) byte = bytes[at++] ?? 0;
    let step = 0;
    for (let shift = 0; at < end && shift < 35; shift += 7) {
      byte = bytes[at++] ?? 0;
      step += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    pc += step;
  }
  result.at = at;
  result.pc = pc;
}
