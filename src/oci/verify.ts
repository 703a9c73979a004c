import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';
import { digestOf } from './digest.ts';
import type { Bytes } from './image.ts';
import type { Descriptor } from './types.ts';

/** Bytes of the largest manifest, index or config that is read into memory (what registries accept as well). */
export const smallBlobLimit = 4 * 1024 * 1024;

type Identity = Pick<Descriptor, 'digest' | 'size'>;

/** @throws ToolError BLOB_CORRUPT unless `bytes` are what the descriptor says; `where` names their origin. */
export function verifyBytes(bytes: Uint8Array, descriptor: Identity, where: string): void {
  if (bytes.byteLength !== descriptor.size) throw wrongSize(descriptor, bytes.byteLength, where);
  const actual = digestOf(bytes);
  if (actual !== descriptor.digest) throw wrongDigest(descriptor, actual, where);
}

/**
 * Passes a stream on while hashing it. Its last chunk is held back until size and digest are proven, so that nobody ever holds a
 * whole blob that is wrong. Chunks must not be written to by the source after it gave them.
 * @throws ToolError BLOB_CORRUPT from the iterator
 */
export async function* verifyStream(
  bytes: Bytes,
  descriptor: Identity,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (chunk.byteLength === 0) continue;
    size += chunk.byteLength;
    if (size > descriptor.size) throw wrongSize(descriptor, size, where);
    if (held) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (size !== descriptor.size) throw wrongSize(descriptor, size, where);
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== descriptor.digest) throw wrongDigest(descriptor, actual, where);
  if (held) yield held;
}

/** Refuses to read a blob into memory that says it is larger than any manifest or config. @throws ToolError IMAGE_INVALID */
export function checkSmall(descriptor: Descriptor): void {
  if (descriptor.size <= smallBlobLimit) return;
  throw new ToolError(
    'IMAGE_INVALID',
    `${descriptor.digest} (${descriptor.mediaType}) has ${descriptor.size} bytes, more than a manifest or config may have (${smallBlobLimit})`,
  );
}

function wrongSize({ digest, size }: Identity, actual: number, where: string): ToolError {
  return corrupt(
    `${where}: ${digest} has ${actual < size ? `only ${actual}` : `more`} bytes${actual < size ? ',' : ' than'} ${size} were promised`,
  );
}

function wrongDigest({ digest }: Identity, actual: string, where: string): ToolError {
  return corrupt(`${where}: the bytes of ${digest} have the digest ${actual}`);
}

function corrupt(message: string): ToolError {
  return new ToolError('BLOB_CORRUPT', message, {
    hint: 'Nothing of it was used. Fetch or build it again; if that does not help, its origin is damaged.',
  });
}
