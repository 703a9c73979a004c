import { createHash, hash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { IndexEntry } from '../layer/layer-index.ts';

/** An entry on its way; with a digest, its content must have it. */
export type Unpackable = IndexEntry & Pick<Entry, 'content'>;

/** What is wrong when a content is not what the index says. */
export type Mismatch = (entry: IndexEntry) => ToolError;

/** Gives a content to `write`; never more than the entry's size. @returns its size, and its SHA-256 in hex */
export async function pour(
  entry: Unpackable,
  write: (chunk: Uint8Array) => void,
  mismatch: Mismatch,
): Promise<{ readonly size: number; readonly digest: string }> {
  let size = 0;
  let sum: Hash | undefined;
  let digest: string | undefined;
  if (entry.content && entry.size > 0) {
    for await (const chunk of entry.content()) {
      size += chunk.length;
      if (size > entry.size) throw mismatch(entry);
      // Most files come in one piece, and hashing them at once takes half the time.
      if (chunk.length === entry.size) digest = hash('sha256', chunk, 'hex');
      else (sum ??= createHash('sha256')).update(chunk);
      write(chunk);
    }
  }
  return { size, digest: digest ?? sum?.digest('hex') ?? emptyDigest };
}

const emptyDigest = hash('sha256', '', 'hex');
