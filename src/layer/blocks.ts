import type { Bytes } from '../oci/image.ts';

/**
 * Cuts a stream into blocks of exactly `size` bytes (the last may be shorter, and there is always a last one, even if empty), whatever
 * its chunks were. Each block lies alone in an ArrayBuffer that `allocate` gives, so that it can be handed to another thread.
 */
export async function* blocksOf(
  bytes: Bytes,
  size: number,
  allocate: () => Uint8Array<ArrayBuffer> = () => new Uint8Array(size),
): AsyncGenerator<{ block: Uint8Array<ArrayBuffer>; last: boolean }> {
  let block = allocate();
  let filled = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      // A full block waits for the next byte: only then is it known not to be the last one.
      if (filled === size) {
        yield { block, last: false };
        block = allocate();
        filled = 0;
      }
      const part = chunk.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield { block: block.subarray(0, filled), last: true };
}

/** The same bytes alone in an ArrayBuffer, which can be moved to another thread; copied only when they do not lie so already. */
export function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const alone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return alone ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
