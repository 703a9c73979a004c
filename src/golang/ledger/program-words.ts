import type { WordForm } from '../binary/words.ts';
import { numbersOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';

/** Numbers and texts anywhere in a file. */
export interface BytesReader extends Numbers {
  readonly bytes: Buffer;
  u64(at: number): number;
  /** The text up to a NUL byte, to `end`, or of 16 KiB. */
  text(at: number, end?: number): string;
  /** Offset of the first NUL byte from `at` on; `end` when there is none before. */
  textEnd(at: number, end?: number): number;
}

/** Bytes; no name that a compiler or linker writes is longer. */
const longestText = 16 * 1024;

export function bytesReader(bytes: Buffer, { class: bits, littleEndian }: WordForm): BytesReader {
  const size = bytes.length;
  // No NUL byte is from the first up to the second: where a hostile file has none for long, it is searched once.
  let [knownFrom, knownTo] = [0, 0];
  const textEnd = (from: number, end = size): number => {
    let at = from;
    for (; at < end && bytes[at] !== 0; at++) {
      if (at >= knownFrom && at < knownTo) at = knownTo - 1;
    }
    if (at > from) [knownFrom, knownTo] = [from, at];
    return Math.min(at, end);
  };
  const numbers = numbersOf({ class: bits, littleEndian, bytes });
  const [low, high] = littleEndian ? [0, 4] : [4, 0];
  return {
    ...numbers,
    u64: (at) => numbers.u32(at + high) * 2 ** 32 + numbers.u32(at + low),
    bytes,
    text: (at, end = size) => {
      const to = Math.min(end, at + longestText);
      return at >= 0 && at < to ? bytes.toString('utf8', at, textEnd(at, to)) : '';
    },
    textEnd,
  };
}
