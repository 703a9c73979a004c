import type { WordForm } from '../binary/words.ts';

/**
 * Numbers anywhere in a file, in its byte order. Tables of a damaged file point anywhere: what is outside of the file reads as 0, which
 * every table takes for "nothing there", so that a walk over hundreds of thousands of records needs no exception.
 */
export interface Numbers {
  readonly size: number;
  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  i32(offset: number): number;
  /** A pointer-sized number as it stands in the file; above 2^53 the low bits are lost, and no offset is that large. */
  word(offset: number): number;
}

export function numbersOf(form: WordForm & { readonly bytes: Buffer }): Numbers {
  const { bytes, littleEndian: little } = form;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  const u32 = (offset: number): number =>
    offset >= 0 && offset + 4 <= size ? view.getUint32(offset, little) : 0;
  const u64 = (offset: number): number => {
    if (!(offset >= 0 && offset + 8 <= size)) return 0;
    const first = view.getUint32(offset, little);
    const second = view.getUint32(offset + 4, little);
    return little ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  };
  return {
    size,
    u8: (offset) => (offset >= 0 && offset < size ? view.getUint8(offset) : 0),
    u16: (offset) => (offset >= 0 && offset + 2 <= size ? view.getUint16(offset, little) : 0),
    u32,
    i32: (offset) => (offset >= 0 && offset + 4 <= size ? view.getInt32(offset, little) : 0),
    word: form.class === 64 ? u64 : u32,
  };
}
