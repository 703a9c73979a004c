import type { Readable } from 'node:stream';
import type { Bytes } from '../oci/image.ts';

/** Reads a body to its end, or until it has more than `limit` bytes: then `whole` is false and the connection is given up. */
export async function readUpTo(body: Readable, limit: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > limit) {
      body.destroy();
      return { bytes: Buffer.concat(chunks).subarray(0, limit), whole: false };
    }
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/** Bytes of a body that nobody needs which are read so that its connection can be used again; more than that gives it up. */
const worthDraining = 64 * 1024;

/** Throws a body away, keeping the connection when the body is short. */
export async function discard(body: Readable): Promise<void> {
  await readUpTo(body, worthDraining).catch(() => undefined);
}

/** Leaves out the first `count` bytes. */
export async function* skipBytes(bytes: Bytes, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    if (chunk.byteLength <= left) left -= chunk.byteLength;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}

/** Cuts a stream into pieces of exactly `size()` bytes, but the last; holds one piece in memory. */
export async function* pieces(bytes: Bytes, size: () => number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (let chunk of bytes) {
    while (length + chunk.byteLength >= size()) {
      const room = Math.max(0, size() - length);
      parts.push(chunk.subarray(0, room));
      yield Buffer.concat(parts);
      chunk = chunk.subarray(room);
      parts = [];
      length = 0;
    }
    if (chunk.byteLength > 0) parts.push(chunk);
    length += chunk.byteLength;
  }
  if (length > 0) yield Buffer.concat(parts);
}
