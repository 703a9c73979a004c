import type { Numbers } from './numbers.ts';

/** A name record of type data: a byte of flags, the name, and what the flags say follows: a tag, and the package of an unexported name. */
export interface NameRecords {
  /** Bytes of the record at an offset in the file; 0 when there is none. */
  sizeAt(offset: number): number;
  /** The name; '' when there is none. */
  textAt(offset: number): string;
}

const flags = { tag: 2, packagePath: 4 } as const;
/** Generated tags reach thousands of bytes; a name of a million is damage. */
const longest = 1 << 20;

export function nameRecords(bytes: Buffer, numbers: Numbers, varint: boolean): NameRecords {
  /** Length and the number of bytes that say it, as length * 4 + bytes; -1 when damaged. */
  const lengthAt = (offset: number): number => {
    if (!varint) return numbers.u8(offset) * 1024 + numbers.u8(offset + 1) * 4 + 2;
    let length = 0;
    for (let index = 0; index < 3; index++) {
      const byte = numbers.u8(offset + index);
      length += (byte & 0x7f) * 128 ** index;
      if (byte < 0x80) return length * 4 + index + 1;
    }
    return -1;
  };
  const past = (offset: number): number => {
    const length = lengthAt(offset);
    return length < 0 || length >= longest * 4 ? -1 : offset + (length & 3) + (length >> 2);
  };
  return {
    sizeAt: (offset) => {
      if (offset < 0 || offset >= numbers.size) return 0;
      const bits = numbers.u8(offset);
      if (bits > 15) return 0;
      let end = past(offset + 1);
      if (end >= 0 && (bits & flags.tag) !== 0) end = past(end);
      if (end >= 0 && (bits & flags.packagePath) !== 0) end += 4;
      return end < 0 || end > numbers.size ? 0 : end - offset;
    },
    textAt: (offset) => {
      if (offset < 0 || offset >= numbers.size) return '';
      const length = lengthAt(offset + 1);
      if (length < 0) return '';
      const start = offset + 1 + (length & 3);
      return bytes.toString('utf8', start, Math.min(start + (length >> 2), numbers.size));
    },
  };
}
