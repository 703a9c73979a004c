import type { ByteSource } from './byte-source.ts';

/** Bits of a stream, the highest of each byte first. */
export interface BitReader {
  /** The next bits as a number; at most 24. */
  take(count: number): Promise<number>;
  /** Bits that can be had at once. */
  available(): number;
  /** Waits until so many are there, or the stream has ended: then zeros follow, once. */
  fill(count: number): Promise<void>;
  /** One of the bits that are there. */
  bit(): number;
  /** Gives back what is left, from the next whole byte on. */
  release(): void;
}

/** @param cut the error for a stream that ends too early */
export function bitReader(source: ByteSource, cut: () => Error): BitReader {
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  /** Bits of the byte before `at` that are not taken yet. */
  let left = 0;
  /** Where in `chunk` the stream ends, once zeros stand behind it. */
  let end = Number.POSITIVE_INFINITY;
  const available = (): number => (chunk.length - at) * 8 + left;
  const fill = async (count: number): Promise<void> => {
    while (available() < count) {
      const more = await source.next();
      if (more) {
        const rest = chunk.subarray(Math.max(0, at - 1));
        at = Math.min(at, 1);
        chunk = rest.length === 0 ? more : Buffer.concat([rest, more]);
      } else {
        // What is decoded may end before the longest code would; what reads on past these does not come to an end in order.
        if (Number.isFinite(end)) throw cut();
        const rest = chunk.subarray(Math.max(0, at - 1));
        at = Math.min(at, 1);
        chunk = Buffer.concat([rest, new Uint8Array(4)]);
        end = chunk.length - 4;
      }
    }
  };
  const bit = (): number => {
    if (left === 0) {
      if (at >= end) throw cut();
      at++;
      left = 8;
    }
    left--;
    return ((chunk[at - 1] ?? 0) >> left) & 1;
  };
  return {
    available,
    fill,
    bit,
    take: async (count) => {
      if (available() < count) await fill(count);
      let value = 0;
      for (let index = 0; index < count; index++) value = value * 2 + bit();
      return value;
    },
    release: () => {
      const rest = chunk.subarray(at, Math.min(end, chunk.length));
      if (rest.length > 0) source.unread(rest);
    },
  };
}
