import { ToolError, messageOf, systemCode } from '../core/errors.ts';
import { fileError, makeDirectory } from '../core/files.ts';
import type { Bytes } from '../oci/image.ts';
import { walkFrom } from './directory-walk.ts';
import type { DirectoryWalk } from './directory-walk.ts';
import type { Entry } from './entry.ts';
import { compareNames, encodeName } from './names.ts';
import { putDirectory, putFile, putHardLink, putSymlink, settleDirectory } from './extract-entry.ts';

export interface ExtractOptions {
  /** Give files the owners they have in the tree; by default when this process is root. Without it, set-id bits are left out too. */
  readonly owners?: boolean;
  readonly signal?: AbortSignal;
}

export interface Extracted {
  /** Entries written. */
  readonly entries: number;
  /** What could not be written, and why: devices, pipes, extended attributes. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Writes entries below `directory`, which is made if it is not there. Nothing is ever written through a symbolic link, whether an
 * entry made it or it was there before; what stands at an entry's place is replaced, but a directory only when it is empty. Modes,
 * times and (as root) owners are set, those of directories at the end.
 * @param entries in an order in which a hard link comes after its target, as `mergeLayers` and `treeEntries` give them
 * @throws ToolError ARCHIVE_UNSAFE when a path leads through a link or a file; DISK_FULL, FILE_UNWRITABLE
 */
export async function extractTree(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  directory: string,
  options: ExtractOptions = {},
): Promise<Extracted> {
  const owners = options.owners ?? process.getuid?.() === 0;
  const skipped: { path: string; why: string }[] = [];
  const directories = new Map<string, Entry>();
  let count = 0;
  const walk = await openRoot(directory, (path) => directories.set(path, impliedDirectory(path)));
  try {
    for await (const entry of entries) {
      options.signal?.throwIfAborted();
      if (entry.path === '') continue; // the root is the caller's directory, with its own mode
      directories.delete(entry.path);
      const written = await guarded(directory, entry, async () => write(walk, entry, owners, options.signal));
      if (written) count++;
      else skipped.push({ path: entry.path, why: 'devices and pipes are not made' });
      if (entry.type === 'directory') directories.set(entry.path, entry);
      if (entry.xattrs && written) skipped.push({ path: entry.path, why: 'extended attributes are not set' });
    }
    // The deepest first: a directory's time changes with what is made in it, and its mode may forbid to enter it.
    for (const path of [...directories.keys()].sort(compareNames).reverse()) {
      const entry = directories.get(path);
      if (entry)
        await guarded(directory, entry, async () => settleDirectory(await walk.at(path), entry, owners));
    }
  } finally {
    await walk.close();
  }
  return { entries: count, skipped };
}

/** Writes one entry, unless it is of a kind that is not made. */
async function write(
  walk: DirectoryWalk,
  entry: Entry,
  owners: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const place = await walk.at(entry.path);
  if (entry.type === 'directory') await putDirectory(place);
  else if (entry.type === 'file') await putFile(place, entry, sized(entry, signal), owners);
  else if (entry.type === 'symlink') await putSymlink(place, entry, encodeName(entry.linkName ?? ''), owners);
  else if (entry.type === 'hardlink') await putHardLink(place, await walk.atToo(entry.linkName ?? ''));
  else return false;
  return true;
}

async function* sized(entry: Entry, signal: AbortSignal | undefined): Bytes & AsyncGenerator<Uint8Array> {
  let size = 0;
  if (entry.content && entry.size > 0) {
    for await (const chunk of entry.content()) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > entry.size) break;
      yield chunk;
    }
  }
  if (size !== entry.size) {
    throw new ToolError(
      'IMAGE_INVALID',
      `${JSON.stringify(entry.path)} does not have the ${entry.size} bytes that its entry says`,
    );
  }
}

async function openRoot(directory: string, onMade: (path: string) => void): Promise<DirectoryWalk> {
  try {
    await makeDirectory(directory);
    return await walkFrom(directory, onMade);
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
}

/** Gives system errors the name of the file as the user knows it. */
async function guarded<R>(directory: string, entry: Entry, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    const file = `${directory}/${entry.path}`;
    const known = fileError(error, 'write', file);
    if (known instanceof ToolError) throw known;
    throw new ToolError('FILE_UNWRITABLE', `cannot write ${file}: ${messageOf(error)}`, {
      cause: error,
      hint: 'Unpack into an empty directory on a file system that takes such names.',
    });
  }
}

function impliedDirectory(path: string): Entry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}
