import type { Bytes } from '../oci/image.ts';

/** A stream of bytes from which a part that was taken too much can be given back. */
export interface ByteSource {
  /** The next chunk, never empty; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Gives back the end of what `next` gave last. */
  unread(rest: Uint8Array): void;
  /** Exactly `size` bytes, or undefined when there are fewer. For small sizes. */
  take(size: number): Promise<Uint8Array | undefined>;
  /** Up to `size` bytes without taking them. */
  peek(size: number): Promise<Uint8Array>;
  ended(): Promise<boolean>;
  close(): Promise<void>;
}

export function byteSource(bytes: Bytes): ByteSource {
  const iterator = bytes[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let done = false;
  const pull = async (): Promise<Uint8Array | undefined> => {
    while (!done) {
      const result = await iterator.next();
      if (result.done) done = true;
      else if (result.value.length > 0) return result.value;
    }
    return undefined;
  };
  const peek = async (size: number): Promise<Uint8Array> => {
    while (rest.length < size) {
      const more = await pull();
      if (!more) break;
      rest = rest.length === 0 ? more : Buffer.concat([rest, more]);
    }
    return rest.subarray(0, size);
  };
  return {
    peek,
    next: async () => {
      if (rest.length === 0) return pull();
      const chunk = rest;
      rest = new Uint8Array(0);
      return chunk;
    },
    unread: (bytes) => {
      rest = bytes;
    },
    take: async (size) => {
      const found = await peek(size);
      if (found.length < size) return undefined;
      rest = rest.subarray(size);
      return found;
    },
    ended: async () => (await peek(1)).length === 0,
    close: async () => {
      if (!done) await iterator.return?.();
      done = true;
      rest = new Uint8Array(0);
    },
  };
}
