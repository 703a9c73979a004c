import type { WordForm } from '../binary/words.ts';
import { numbersOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';

/** Numbers and texts anywhere in a file. */
export interface BytesReader extends Numbers {
  readonly bytes: Buffer;
  u64(at: number): number;
  /** The text up to a NUL byte, or to `end`. */
  text(at: number, end?: number): string;
  /** Offset of the first NUL byte from `at` on; `end` when there is none before. */
  textEnd(at: number, end?: number): number;
}

export function bytesReader(bytes: Buffer, { class: bits, littleEndian }: WordForm): BytesReader {
  const size = bytes.length;
  const textEnd = (at: number, end = size): number => {
    const found = bytes.indexOf(0, at);
    return found < 0 || found > end ? end : found;
  };
  const numbers = numbersOf({ class: bits, littleEndian, bytes });
  const [low, high] = littleEndian ? [0, 4] : [4, 0];
  return {
    ...numbers,
    u64: (at) => numbers.u32(at + high) * 2 ** 32 + numbers.u32(at + low),
    bytes,
    text: (at, end = size) => (at >= 0 && at < end ? bytes.toString('utf8', at, textEnd(at, end)) : ''),
    textEnd,
  };
}
