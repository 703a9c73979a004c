import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { ToolError, systemCode } from '../core/errors.ts';
import { encodeName } from './names.ts';
import { baseOf, parentOf } from './safe-path.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * Directories below one root, each opened from the one above it and never through a symbolic link: Node has no openat, but on Linux
 * `/proc/self/fd/N/NAME` is one. Whoever swaps a directory for a link in the meantime gains nothing.
 */
export interface DirectoryWalk {
  /** A name for the last part of `path` that stays what it is while its directory is moved about; good until the next call. */
  at(path: string): Promise<Buffer>;
  /** As `at`, for a second path that is needed at the same time. */
  atToo(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** @param onMade is told of each missing directory that is made on the way, with mode 0700 */
export async function walkFrom(root: string, onMade: (path: string) => void): Promise<DirectoryWalk> {
  const top = await fs.open(root, O_RDONLY | O_DIRECTORY);
  const lanes = [lane(top, onMade), lane(top, onMade)] as const;
  return {
    at: lanes[0].at,
    atToo: lanes[1].at,
    close: async () => {
      await lanes[0].close();
      await lanes[1].close();
      await top.close();
    },
  };
}

/** Directories kept open on the way down. Entries come directory by directory, so that few are opened again. */
const keptOpen = 32;

function lane(
  top: FileHandle,
  onMade: (path: string) => void,
): { at: DirectoryWalk['at']; close(): Promise<void> } {
  /** The last directory that was entered and those right above it, the lowest last. */
  const chain: { readonly path: string; readonly handle: FileHandle }[] = [];
  const leaveUntil = async (directory: string): Promise<void> => {
    for (let last = chain.at(-1); last; last = chain.at(-1)) {
      if (directory === last.path || directory.startsWith(`${last.path}/`)) return;
      chain.pop();
      await last.handle.close();
    }
  };
  const enter = async (directory: string): Promise<FileHandle> => {
    await leaveUntil(directory);
    let { path, handle } = chain.at(-1) ?? { path: '', handle: top };
    const rest = path === '' ? directory : directory.slice(path.length + 1);
    for (const part of rest === '' ? [] : rest.split('/')) {
      path = path === '' ? part : `${path}/${part}`;
      handle = await openDirectory(nameIn(handle, part), path, onMade);
      chain.push({ path, handle });
      if (chain.length > keptOpen) await chain.shift()?.handle.close();
    }
    return handle;
  };
  return {
    at: async (path) => nameIn(await enter(parentOf(path)), baseOf(path)),
    close: async () => {
      for (const { handle } of chain.splice(0)) await handle.close();
    },
  };
}

async function openDirectory(
  name: Buffer,
  path: string,
  onMade: (path: string) => void,
): Promise<FileHandle> {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  try {
    return await fs.open(name, flags);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ELOOP' || code === 'ENOTDIR') throw inTheWay(path);
    if (code !== 'ENOENT') throw error;
  }
  await fs.mkdir(name, 0o700);
  onMade(path);
  return fs.open(name, flags);
}

function nameIn(directory: FileHandle, name: string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory.fd}/`), encodeName(name)]);
}

function inTheWay(path: string): ToolError {
  return new ToolError(
    'ARCHIVE_UNSAFE',
    `${JSON.stringify(path)} is a link or a file where a directory must be`,
    {
      hint: 'Files are never written through a link. Unpack into an empty directory; if it was empty, the layer is broken or was tampered with.',
    },
  );
}
