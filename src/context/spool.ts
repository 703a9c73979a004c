/**
 * A tree whose files lie one behind the other in one blob of the store: what came as a stream (an archive, a checkout, a download) and is
 * copied from in any order. Memory holds its entries, never a content.
 */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { compareNames } from '../layer/names.ts';
import { baseOf, parentOf } from '../layer/safe-path.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import type { Tree, TreeEntry } from '../snapshot/types.ts';
import type { BlobStore } from '../store/blobs.ts';

/** A file's entry has its digest, and the place of its content. */
export interface SpooledEntry extends TreeEntry {
  /** Bytes before it in the blob. */
  readonly offset?: number;
}

/** Plain data but for extended attributes; `blobs` keeps the blob alive when this is a record of the store's cache. */
export interface Spooled {
  readonly entries: readonly SpooledEntry[];
  readonly blobs: readonly [Digest];
  /** Bytes of the blob. */
  readonly size: number;
}

export interface Spool {
  /** Takes a file's content; gives what its entry gains by it. */
  content(bytes: Bytes): Promise<{ readonly digest: string; readonly size: number; readonly offset: number }>;
  /** @returns the blob with all contents */
  finish(): Promise<{ readonly digest: Digest; readonly size: number }>;
  abort(): Promise<void>;
}

/** @throws ToolError DISK_FULL, STORE_UNWRITABLE */
export async function openSpool(blobs: BlobStore): Promise<Spool> {
  const writer = await blobs.writer();
  const known = new Map<string, number>();
  let end = 0;
  return {
    content: async (bytes) => {
      const hash = createHash('sha256');
      const start = end;
      for await (const chunk of bytes) {
        hash.update(chunk);
        await writer.write(chunk);
        end += chunk.byteLength;
      }
      const digest = hash.digest('hex');
      const offset = known.get(digest) ?? start;
      known.set(digest, offset);
      return { digest, size: end - start, offset };
    },
    finish: async () => writer.commit(),
    abort: async () => writer.abort(),
  };
}

/**
 * The tree over what was spooled; directories that no entry describes are as `mkdir -p` makes them.
 * @throws ToolError NOT_FOUND when the blob is gone
 */
export async function openSpooled(blobs: BlobStore, { entries, blobs: [blob] }: Spooled): Promise<Tree> {
  if ((await blobs.has(blob)) === undefined) {
    throw new ToolError('NOT_FOUND', `the store has no blob ${blob}`, {
      hint: 'Run the same command again.',
    });
  }
  const byPath = new Map<string, SpooledEntry>([['', directory('')]]);
  const below = new Map<string, string[]>([['', []]]);
  const put = (entry: SpooledEntry): void => {
    const { path } = entry;
    if (!byPath.has(path)) {
      const parent = parentOf(path);
      if (!byPath.has(parent)) put(directory(parent));
      const siblings = below.get(parent);
      if (siblings) siblings.push(path);
      else below.set(parent, [path]);
    }
    byPath.set(path, entry);
  };
  for (const entry of entries) put(entry);
  const file = (path: string): SpooledEntry => {
    const found = byPath.get(path);
    if (found?.type === 'file') return found;
    throw new ToolError('INTERNAL', `${JSON.stringify(path)} is no file of this tree`);
  };
  return {
    entry: async (path) => byPath.get(path),
    list: async (path) =>
      (below.get(path) ?? [])
        .sort((a, b) => compareNames(baseOf(a), baseOf(b)))
        .flatMap((child) => byPath.get(child) ?? []),
    digest: async ({ path }) => file(path).digest ?? '',
    open: ({ path }) => readPart(blobs.path(blob), file(path)),
  };
}

function directory(path: string): SpooledEntry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, made: true, size: 0 };
}

const chunkSize = 64 * 1024;

/** A file's content; its last chunk only when the whole has the digest that it had when it was written. */
async function* readPart(
  blob: string,
  { path, size, digest, offset = 0 }: SpooledEntry,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const handle = await fs.open(blob, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', blob);
  });
  try {
    let held: Uint8Array | undefined;
    for (let done = 0; done < size;) {
      const wanted = Math.min(chunkSize, size - done);
      const { bytesRead, buffer } = await handle.read(
        Buffer.allocUnsafeSlow(wanted),
        0,
        wanted,
        offset + done,
      );
      if (bytesRead === 0) break;
      if (held) yield held;
      held = buffer.subarray(0, bytesRead);
      hash.update(held);
      done += bytesRead;
    }
    if (hash.digest('hex') !== digest) {
      throw new ToolError('BLOB_CORRUPT', `the store's copy of ${JSON.stringify(path)} is damaged`, {
        hint: 'Remove it with coracle prune --all and run the same command again.',
      });
    }
    if (held) yield held;
  } finally {
    await handle.close();
  }
}
