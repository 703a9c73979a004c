import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';

/** Reads a stream of chunks by counts of bytes. Nothing but the current chunk is kept. */
export interface ByteReader {
  /** Exactly `size` bytes; undefined when the stream ends just here. @throws ToolError IMAGE_INVALID when it ends in between */
  take(size: number): Promise<Uint8Array | undefined>;
  /** The next bytes there are, at most `size`; undefined at the end of the stream. */
  some(size: number): Promise<Uint8Array | undefined>;
  /** Passes over `size` bytes. @throws ToolError IMAGE_INVALID when there are fewer */
  skip(size: number): Promise<void>;
  /** Reads to the end, so that what verifies the stream at its end gets to do so. */
  drain(): Promise<void>;
  /** Lets go of the stream. */
  close(): Promise<void>;
}

export function byteReader(bytes: Bytes): ByteReader {
  const source = bytes[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let ended = false;
  /** True when `chunk` has at least one byte. */
  const more = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      if (ended) return false;
      const next = await source.next();
      if (next.done) ended = true;
      else chunk = next.value;
    }
    return true;
  };
  const some = async (size: number): Promise<Uint8Array | undefined> => {
    if (!(await more())) return undefined;
    const part = chunk.subarray(0, size);
    chunk = chunk.subarray(part.length);
    return part;
  };
  return {
    some,
    take: async (size) => {
      if (size === 0) return new Uint8Array(0);
      const first = await some(size);
      if (!first || first.length === size) return first;
      const whole = new Uint8Array(size);
      whole.set(first);
      for (let filled = first.length; filled < size;) {
        const part = await some(size - filled);
        if (!part) throw cut();
        whole.set(part, filled);
        filled += part.length;
      }
      return whole;
    },
    skip: async (size) => {
      for (let left = size; left > 0;) {
        const part = await some(left);
        if (!part) throw cut();
        left -= part.length;
      }
    },
    drain: async () => {
      while (await more()) chunk = new Uint8Array(0);
    },
    close: async () => {
      if (!ended) await source.return?.();
      ended = true;
      chunk = new Uint8Array(0);
    },
  };
}

/** The stream ended where it must not. */
export function cut(): ToolError {
  return new ToolError('IMAGE_INVALID', 'the tar archive is cut off in the middle of an entry', {
    hint: 'It was not written or fetched to its end; make or fetch it again.',
  });
}
