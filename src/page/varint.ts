/** Bytes that grow as they are written. */
export interface ByteWriter {
  length(): number;
  /** LEB128 of a whole number from 0 to 2^53. */
  unsigned(value: number): void;
  /** The same of a number that may be negative, with the sign in the lowest bit. */
  signed(value: number): void;
  done(): Uint8Array;
}

export function byteWriter(): ByteWriter {
  let buffer = new Uint8Array(1 << 16);
  let at = 0;
  const unsigned = (value: number): void => {
    if (at + 8 > buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    let rest = value;
    while (rest >= 0x80) {
      buffer[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[at++] = rest;
  };
  return {
    length: () => at,
    unsigned,
    signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value),
    done: () => buffer.slice(0, at),
  };
}
