/** Archives: told from other files as Docker tells them, unpacked for ADD, and as build contexts. */
import { ToolError, isToolError } from '../core/errors.ts';
import { byteSource } from '../layer/byte-source.ts';
import type { ByteSource } from '../layer/byte-source.ts';
import { decompress } from '../layer/decompress.ts';
import type { Entry } from '../layer/entry.ts';
import { parseHeader } from '../layer/tar-parse.ts';
import { readTar } from '../layer/tar-read.ts';
import { editTree } from '../layer/tree.ts';
import type { Bytes } from '../oci/image.ts';
import type { Tree } from '../snapshot/types.ts';
import type { BlobStore } from '../store/blobs.ts';
import { openSpool, openSpooled } from './spool.ts';
import type { SpooledEntry } from './spool.ts';

/**
 * The entries of an archive: tar, plain or packed with gzip, bzip2, xz or zstd. Undefined when the bytes are none: as in Docker, what counts
 * is that they unpack to something that begins with a tar header, so `text.gz` is no archive.
 * @throws ToolError as `readTar` and `decompress` do, while the entries are read
 */
export async function unpackArchive(bytes: Bytes): Promise<AsyncGenerator<Entry> | undefined> {
  const source = byteSource(decompress(bytes, { anyArchive: true }));
  const start = await source.peek(512).catch(async (error: unknown) => {
    await source.close();
    if (isToolError(error, 'IMAGE_INVALID')) return undefined;
    throw error;
  });
  if (start && isTar(start)) return readTar(drain(source));
  await source.close();
  return undefined;
}

/** True when the bytes begin as an archive does that can be a build context: packed in some way, or with a tar header. */
export function isArchive(start: Uint8Array): boolean {
  const text = Buffer.from(start.subarray(0, 6)).toString('latin1');
  return (
    ['BZh', '\x1f\x8b\x08', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd'].some((magic) => text.startsWith(magic)) ||
    isTar(start)
  );
}

function isTar(start: Uint8Array): boolean {
  if (start.length < 512) return false;
  const block = start.subarray(0, 512);
  if (block.every((byte) => byte === 0)) return false;
  try {
    parseHeader(block);
    return true;
  } catch {
    return false;
  }
}

async function* drain(source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await source.next(); chunk; chunk = await source.next()) yield chunk;
  } finally {
    await source.close();
  }
}

/**
 * An archive as a build context. Owners and times are the archive's own; a later entry of a name replaces an earlier one, hard links are
 * names of one file, and links in it are followed inside it only.
 * @param name for errors
 * @throws ToolError CONTEXT_INVALID when it is no archive; as `readTar` and `decompress` do
 */
export async function openArchive(blobs: BlobStore, name: string, bytes: Bytes): Promise<Tree> {
  const entries = await unpackArchive(bytes);
  if (!entries) {
    throw new ToolError('CONTEXT_INVALID', `${name} is no archive that a build can start from`, {
      hint: 'A tar archive is expected, plain or packed with gzip, bzip2, xz or zstd.',
    });
  }
  const spool = await openSpool(blobs);
  try {
    const tree = new Map<string, Entry & SpooledEntry>();
    const editor = editTree(tree);
    for await (const entry of entries) {
      const path = editor.locate(entry.path);
      const { content, ...rest } = entry;
      if (entry.type === 'hardlink')
        editor.put(path, linked(tree, editor.locate(entry.linkName ?? ''), path));
      else editor.put(path, { ...rest, path, ...(content && (await spool.content(content()))) });
    }
    const { digest, size } = await spool.finish();
    return await openSpooled(blobs, { entries: [...tree.values()], blobs: [digest], size });
  } catch (error) {
    await spool.abort();
    throw error;
  }
}

/** Another name of a file that came before it. */
function linked(tree: Map<string, Entry & SpooledEntry>, target: string, path: string): Entry & SpooledEntry {
  const original = tree.get(target);
  if (!original || original.type === 'directory') {
    throw new ToolError(
      'IMAGE_INVALID',
      `the archive has a hard link ${JSON.stringify(path)} to ${JSON.stringify(target)}, which is not in it before`,
      { hint: 'Make the archive again.' },
    );
  }
  const same = original.same ?? target;
  tree.set(target, { ...original, same });
  return { ...original, path, same };
}

/** The longest Dockerfile that is taken from standard input, in bytes. */
const longestDockerfile = 16 * 1024 * 1024;

/**
 * `-` as a build context: an archive if the first bytes say so, else the text of a Dockerfile with nothing to copy from.
 * @param input standard input
 * @throws ToolError as `openArchive`; CONTEXT_INVALID for text that is too long, or nothing at all
 */
export async function openStdin(
  blobs: BlobStore,
  input: Bytes,
): Promise<{ readonly tree: Tree } | { readonly dockerfile: Uint8Array }> {
  const source = byteSource(input);
  const start = await source.peek(512);
  if (isArchive(start)) return { tree: await openArchive(blobs, 'standard input', drain(source)) };
  return { dockerfile: await readText(drain(source)) };
}

/** All of standard input, for `-f -`. @throws ToolError CONTEXT_INVALID */
export async function readText(input: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > longestDockerfile) {
      throw new ToolError(
        'CONTEXT_INVALID',
        'standard input is neither an archive nor a Dockerfile: it is too long',
        {
          hint: 'Give a tar archive, or the text of a Dockerfile.',
        },
      );
    }
    chunks.push(chunk);
  }
  if (size === 0) {
    throw new ToolError('CONTEXT_INVALID', 'standard input is empty, so there is nothing to build', {
      hint: 'Give a tar archive or the text of a Dockerfile: coracle build - <Dockerfile',
    });
  }
  return Buffer.concat(chunks);
}

/** A context with nothing in it. */
export const emptyTree: Tree = {
  entry: async (path) =>
    path === ''
      ? { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, made: true, size: 0 }
      : undefined,
  list: async () => [],
  digest: async ({ path }) => {
    throw new ToolError('INTERNAL', `an empty context has no ${JSON.stringify(path)}`);
  },
  open: ({ path }) => {
    throw new ToolError('INTERNAL', `an empty context has no ${JSON.stringify(path)}`);
  },
};
