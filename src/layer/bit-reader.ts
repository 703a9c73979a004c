import type { ByteSource } from './byte-source.ts';

/** Bits of a stream, the highest of each byte first. */
export interface BitReader {
  /** The next bits as a number; at most 24. */
  take(count: number): Promise<number>;
  /** Waits until so many bits (at most 24) can be looked at; past the end of the stream they are zeros. */
  ready(count: number): Promise<void> | undefined;
  /** The next bits without taking them; only after `ready`. */
  peek(count: number): number;
  /** Takes bits that were looked at. @throws the error for a stream that ends too early */
  drop(count: number): void;
  /** Gives back what is left, from the next whole byte on. */
  release(): void;
}

/** @param cut the error for a stream that ends too early */
export function bitReader(source: ByteSource, cut: () => Error): BitReader {
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  /** The lowest `held` bits are still to be taken. */
  let window = 0;
  let held = 0;
  /** Bits in the window that were never in the stream. */
  let zeros = 0;
  const refill = (): void => {
    while (held <= 24 && at < chunk.length) {
      window = (window << 8) | (chunk[at++] ?? 0);
      held += 8;
    }
  };
  const more = async (count: number): Promise<void> => {
    while (held < count) {
      const next = await source.next();
      if (next) {
        chunk = next;
        at = 0;
        refill();
      } else {
        window <<= 8;
        held += 8;
        zeros += 8;
      }
    }
  };
  const ready = (count: number): Promise<void> | undefined => {
    if (held < count) refill();
    return held < count ? more(count) : undefined;
  };
  const peek = (count: number): number => (window >>> (held - count)) & ((1 << count) - 1);
  const drop = (count: number): void => {
    held -= count;
    if (held < zeros) throw cut();
  };
  return {
    ready,
    peek,
    drop,
    take: async (count) => {
      await ready(count);
      const value = peek(count);
      drop(count);
      return value;
    },
    release: () => {
      // The window has whole bytes of this chunk alone: a chunk is replaced only when the one before is used up.
      const whole = (held - zeros) >> 3;
      const rest = Uint8Array.from(
        { length: whole },
        (_, index) => (window >>> (((held - zeros) & ~7) - 8 * (index + 1) + zeros)) & 0xff,
      );
      held = 0;
      source.unread(Buffer.concat([rest, chunk.subarray(at)]));
    },
  };
}
