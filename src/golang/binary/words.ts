import { unreadable } from './unreadable.ts';

/** Numbers in a piece of a file, in the file's own byte order and word size. Every read is checked against the piece's end. */
export interface Words {
  readonly bytes: Buffer;
  u8(at: number): number;
  u16(at: number): number;
  u32(at: number): number;
  /** Above 2^53 the low bits are lost; such a number is never a valid offset, and the bounds check refuses it. */
  u64(at: number): number;
  /** A word of the file's class: 4 or 8 bytes. */
  word(at: number): number;
}

/** How a file writes numbers. */
export interface WordForm {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
}

export function wordsOf(name: string, form: WordForm, bytes: Buffer): Words {
  const { littleEndian } = form;
  const at = (offset: number, length: number): number => {
    if (!(offset >= 0 && offset + length <= bytes.length))
      throw unreadable(name, 'a table ends in the middle of an entry');
    return offset;
  };
  const u32 = (offset: number): number =>
    littleEndian ? bytes.readUInt32LE(at(offset, 4)) : bytes.readUInt32BE(at(offset, 4));
  const u64 = (offset: number): number => {
    const [low, high] = littleEndian ? [u32(offset), u32(offset + 4)] : [u32(offset + 4), u32(offset)];
    return high * 2 ** 32 + low;
  };
  return {
    bytes,
    u8: (offset) => bytes.readUInt8(at(offset, 1)),
    u16: (offset) => (littleEndian ? bytes.readUInt16LE(at(offset, 2)) : bytes.readUInt16BE(at(offset, 2))),
    u32,
    u64,
    word: form.class === 64 ? u64 : u32,
  };
}

/** The NUL-terminated string at `at`. */
export function cString(name: string, bytes: Buffer, at: number): string {
  const end = at >= 0 && at < bytes.length ? bytes.indexOf(0, at) : -1;
  if (end < 0) throw unreadable(name, 'a name is not inside its string table');
  return bytes.toString('utf8', at, end);
}
