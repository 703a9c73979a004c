import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { Entry } from './entry.ts';
import { encodeName } from './names.ts';
import { parentOf } from './safe-path.ts';

export interface Extracted {
  /** What this user may not make (devices), by path. */
  readonly skipped: readonly string[];
}

/**
 * Writes a merged tree (see flatten) below `root`, which is made when missing. What stands there already is replaced, never followed: a
 * symbolic link on the way of an entry is an error. Owners are set only when `owners` is true, which only root may.
 * @throws ToolError ARCHIVE_UNSAFE, FILE_UNWRITABLE, DISK_FULL
 */
export async function extractTree(entries: AsyncIterable<Entry>, root: string, options: { readonly owners: boolean }): Promise<Extracted> {
  const skipped: string[] = [];
  const directories: Entry[] = [];
  const checked = new Set<string>();
  await fs.mkdir(root, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, 'write', root);
  });
  for await (const entry of entries) {
    if (entry.path === '') continue;
    const file = place(root, entry.path);
    try {
      await realParents(root, parentOf(entry.path), checked);
      if (entry.type === 'directory') {
        await makeDirectory(file);
        checked.add(entry.path);
        directories.push(entry);
        continue;
      }
      await fs.rm(file, { force: true, recursive: true });
      if (entry.type === 'char' || entry.type === 'block' || entry.type === 'fifo') skipped.push(entry.path);
      else await makeEntry(root, entry, file, options.owners);
    } catch (error) {
      throw fileError(error, 'write', String(file));
    }
  }
  // Deepest first: a directory's time and mode are final when all in it is there.
  for (const entry of directories.reverse()) await finish(entry, place(root, entry.path), options.owners);
  return { skipped };
}

async function makeEntry(root: string, entry: Entry, file: Buffer, owners: boolean): Promise<void> {
  if (entry.type === 'symlink') {
    await fs.symlink(Buffer.from(encodeName(entry.linkName ?? '')), file);
    if (owners) await fs.lchown(file, entry.uid, entry.gid);
    await fs.lutimes(file, entry.mtime, entry.mtime);
    return;
  }
  if (entry.type === 'hardlink') {
    const target = place(root, entry.linkName ?? '');
    if (!(await fs.lstat(target)).isFile()) throw unsafe(entry.path, 'its hard link target is no file');
    await fs.link(target, file);
    return;
  }
  // O_NOFOLLOW and O_EXCL: nothing that appeared meanwhile is written through.
  const handle = await fs.open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    for await (const chunk of entry.content?.() ?? []) await handle.writeFile(chunk);
  } finally {
    await handle.close();
  }
  await finish(entry, file, owners);
}

async function finish(entry: Entry, file: Buffer, owners: boolean): Promise<void> {
  if (owners) await fs.lchown(file, entry.uid, entry.gid);
  // After chown, which clears the setuid bits. Without the owner they would mean somebody else.
  await fs.chmod(file, owners ? entry.mode : entry.mode & 0o1777);
  await fs.utimes(file, entry.mtime, entry.mtime);
}

async function makeDirectory(directory: Buffer): Promise<void> {
  try {
    await fs.mkdir(directory, 0o700);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if ((await fs.lstat(directory)).isDirectory()) return;
    await fs.rm(directory, { force: true });
    await fs.mkdir(directory, 0o700);
  }
}

/** Every directory above an entry must be one, and not a link to one. Missing ones are made. */
async function realParents(root: string, directory: string, checked: Set<string>): Promise<void> {
  if (directory === '' || checked.has(directory)) return;
  await realParents(root, parentOf(directory), checked);
  const file = place(root, directory);
  const stat = await fs.lstat(file).catch(() => undefined);
  if (!stat) await fs.mkdir(file, 0o755);
  else if (!stat.isDirectory()) throw unsafe(directory, 'it is no directory, but entries lie below it');
  checked.add(directory);
}

function place(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(root + path.sep), encodeName(name)]);
}

function unsafe(name: string, why: string): ToolError {
  return new ToolError('ARCHIVE_UNSAFE', `${JSON.stringify(name)} cannot be written: ${why}`, { hint: 'Name an empty directory, or look into the image.' });
}
