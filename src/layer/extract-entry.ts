import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import type { Entry } from './entry.ts';

/**
 * One entry at one place. `place` names an entry of a directory that is held open (see directory-walk.ts), so that only its last part could
 * be a link; none of these calls follows it.
 */

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** Makes a directory that can be written to; `settleDirectory` gives it its real mode. One that is there stays, with all in it. */
export async function putDirectory(place: Buffer): Promise<void> {
  const there = await kindAt(place);
  if (there === 'other') await fs.unlink(place);
  if (there !== 'directory') return fs.mkdir(place, 0o700);
  const handle = await fs.open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await handle.chmod(0o700);
  } finally {
    await handle.close();
  }
}

export async function settleDirectory(place: Buffer, entry: Entry, owners: boolean): Promise<void> {
  const handle = await fs.open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await settle(handle, entry, owners);
  } finally {
    await handle.close();
  }
}

export async function putFile(place: Buffer, entry: Entry, content: Bytes, owners: boolean): Promise<void> {
  await clear(place);
  const handle = await fs.open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(content);
    await settle(handle, entry, owners);
  } catch (error) {
    // Half a file must not pass for a whole one.
    await fs.unlink(place).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

export async function putSymlink(
  place: Buffer,
  entry: Entry,
  text: Uint8Array,
  owners: boolean,
): Promise<void> {
  await clear(place);
  await fs.symlink(Buffer.from(text), place);
  if (owners) await fs.lchown(place, entry.uid, entry.gid);
  await fs.lutimes(place, entry.mtime, entry.mtime);
}

export async function putHardLink(place: Buffer, target: Buffer): Promise<void> {
  await clear(place);
  await fs.link(target, place); // a link to a symbolic link links the link itself
}

/** Owner before mode: changing the owner takes set-id bits away. */
async function settle(handle: FileHandle, entry: Entry, owners: boolean): Promise<void> {
  if (owners) await handle.chown(entry.uid, entry.gid);
  // A set-id bit means an owner; with another owner it would mean something else.
  const sticky = entry.type === 'directory' ? 0o1000 : 0;
  await handle.chmod(owners ? entry.mode : entry.mode & (0o777 | sticky));
  await handle.utimes(entry.mtime, entry.mtime);
}

/** Takes away what stands at a place; a directory only when it is empty. */
async function clear(place: Buffer): Promise<void> {
  const there = await kindAt(place);
  if (there === 'directory') await fs.rmdir(place);
  else if (there === 'other') await fs.unlink(place);
}

async function kindAt(place: Buffer): Promise<'nothing' | 'directory' | 'other'> {
  try {
    return (await fs.lstat(place)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'nothing';
    throw error;
  }
}
