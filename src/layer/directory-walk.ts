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

/** Remembers the directory it was in last: entries of a tree come directory by directory. */
function lane(
  top: FileHandle,
  onMade: (path: string) => void,
): { at: DirectoryWalk['at']; close(): Promise<void> } {
  let here: { path: string; handle: FileHandle } = { path: '', handle: top };
  const leave = async (): Promise<void> => {
    const { handle } = here;
    here = { path: '', handle: top };
    if (handle !== top) await handle.close();
  };
  const enter = async (directory: string): Promise<void> => {
    if (directory === here.path) return;
    if (here.path !== '' && !directory.startsWith(`${here.path}/`)) await leave();
    const rest = here.path === '' ? directory : directory.slice(here.path.length + 1);
    for (const part of rest === '' ? [] : rest.split('/')) {
      const path = here.path === '' ? part : `${here.path}/${part}`;
      const handle = await openDirectory(nameIn(here.handle, part), path, onMade);
      await leave();
      here = { path, handle };
    }
  };
  return {
    at: async (path) => {
      await enter(parentOf(path));
      return nameIn(here.handle, baseOf(path));
    },
    close: leave,
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
