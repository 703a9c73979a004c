import { createHash, hash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { encodeName } from '../layer/names.ts';
import { whiteoutOf } from '../layer/whiteout.ts';
import type { Bytes } from '../oci/image.ts';
import type { Mismatch, Unpackable } from './unpackable.ts';
import { openForReading } from './walk.ts';

/** Bytes read at once, each chunk in memory of its own. */
const chunkSize = 128 * 1024;

/** A file of a directory that only we write to. Synchronous reads: such files are in memory more often than not. */
export async function* fileContent(
  directory: string,
  { path, size }: IndexEntry,
): AsyncGenerator<Uint8Array> {
  const place = Buffer.concat([Buffer.from(`${directory}/`), encodeName(path)]);
  const fd = openForReading(place, path);
  try {
    for (let position = 0; ;) {
      // One byte more than there should be: a file that has grown is noticed.
      const chunk = Buffer.allocUnsafeSlow(Math.min(chunkSize, Math.max(size - position, 0) + 1));
      const count = readSync(fd, chunk, 0, chunk.length, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}

/** Entries with the contents that `open` gives for files. */
export function* withContents(index: LayerIndex, open: (entry: IndexEntry) => Bytes): Generator<Unpackable> {
  for (const entry of index) {
    const file = entry.type === 'file' && whiteoutOf(entry.path).kind === 'none';
    yield file ? { ...entry, content: () => open(entry) } : entry;
  }
}

/** As `content`, but it ends with an error when it was not what the entry says. */
export async function* verified(
  entry: IndexEntry,
  content: Bytes,
  mismatch: Mismatch,
): AsyncGenerator<Uint8Array> {
  let sum: Hash | undefined;
  let digest: string | undefined;
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > entry.size) break;
    // Most files come in one piece, and hashing them at once takes half the time.
    if (chunk.length === entry.size) digest = hash('sha256', chunk, 'hex');
    else (sum ??= createHash('sha256')).update(chunk);
    yield chunk;
  }
  const actual = digest ?? sum?.digest('hex') ?? emptyDigest;
  if (size !== entry.size || (entry.digest !== undefined && actual !== entry.digest)) throw mismatch(entry);
}

const emptyDigest = hash('sha256', '', 'hex');

/**
 * The entries of an index with the contents that a blob of the layer has: the blob was written from the index, so they come in the same
 * order.
 * @throws ToolError BLOB_CORRUPT when it is another layer's
 */
export async function* zipped(index: LayerIndex, blob: AsyncIterable<Entry>): AsyncGenerator<Unpackable> {
  let position = 0;
  for await (const { path, type, content } of blob) {
    const entry = index[position++];
    if (entry?.path !== path || entry.type !== type) throw otherBlob(path);
    yield content ? { ...entry, content } : entry;
  }
  if (position !== index.length) throw otherBlob('its end');
}

function otherBlob(path: string): ToolError {
  return new ToolError(
    'BLOB_CORRUPT',
    `a layer's blob is not what was recorded of it, at ${JSON.stringify(path)}`,
    {
      hint: 'Run the same command again with --no-cache.',
    },
  );
}

/** A file that the build reads is not what it was when it was read first. */
export function contextChanged({ path }: IndexEntry): ToolError {
  return new ToolError('CONTEXT_CHANGED', `${JSON.stringify(path)} changed while the build read it`, {
    hint: 'Run the same command again when nothing writes to it.',
  });
}

/** A file in the store's directory of a layer is not what the index says. */
export function damaged({ path }: IndexEntry): ToolError {
  return new ToolError(
    'BLOB_CORRUPT',
    `the store's copy of ${JSON.stringify(path)} is damaged; it was set aside`,
    {
      hint: 'Run the same command again: what is needed is made anew.',
    },
  );
}
