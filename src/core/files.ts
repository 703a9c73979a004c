import { createHash, randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode, messageOf } from './errors.ts';

/** Turns a system error on `file` into a ToolError with a hint; other errors pass through. `doing`: `write`, `read`. */
export function fileError(error: unknown, doing: string, file: string): unknown {
  const code = systemCode(error) ?? '';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ToolError('DISK_FULL', `the disk is full: cannot ${doing} ${file}`, {
        cause: error,
        hint: 'Free some space (coracle prune --dry-run shows what Coracle can give back) and run the same command again.',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ToolError(
        doing === 'read' ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE',
        `no permission to ${doing} ${file}`,
        {
          cause: error,
          hint: 'Change its owner or mode, or name another place (CORACLE_HOME sets where Coracle keeps its own files).',
        },
      );
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EIO':
      return new ToolError(
        doing === 'read' ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE',
        `cannot ${doing} ${file}: ${messageOf(error)}`,
        {
          cause: error,
          hint: 'Name a place that exists, or one that can be made (CORACLE_HOME sets where Coracle keeps its own files).',
        },
      );
    default:
      return error;
  }
}

/** A name beside `file` that no other writer uses; `prune` recognises it as left over by its `.tmp-` and the dead process id. */
export function tempName(file: string): string {
  return path.join(path.dirname(file), `.tmp-${process.pid}-${randomBytes(6).toString('hex')}`);
}

/**
 * Makes a directory and those above it. Node's own recursive mkdir tries for ever where a kernel file system (/proc) says that a new name
 * does not exist.
 * @returns the uppermost directory that was missing; undefined when all were there
 */
export async function makeDirectory(directory: string, mode = 0o777): Promise<string | undefined> {
  const parent = path.dirname(directory);
  try {
    return await makeOne(directory, mode);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || parent === directory) throw error;
  }
  const first = await makeDirectory(parent, mode);
  const own = await makeOne(directory, mode);
  return first ?? own;
}

async function makeOne(directory: string, mode: number): Promise<string | undefined> {
  try {
    await fs.mkdir(directory, mode);
    return directory;
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await fs.stat(directory)).isDirectory()) return undefined;
    throw error;
  }
}

/** Flushes a directory's entries, so that a rename survives a crash. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a whole file so that a reader sees the old one or the new one and nothing between: temp file, fsync, rename.
 * Makes missing directories.
 * @throws ToolError DISK_FULL, FILE_UNWRITABLE
 */
export async function writeFileAtomic(
  file: string,
  data: Uint8Array | string,
  options: { mode?: number; sync?: boolean } = {},
): Promise<void> {
  const temp = tempName(file);
  try {
    await makeDirectory(path.dirname(file));
    const handle = await fs.open(temp, 'wx', options.mode ?? 0o644);
    try {
      await handle.writeFile(data);
      if (options.sync ?? true) await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temp, file);
  } catch (error) {
    await fs.rm(temp, { force: true });
    throw fileError(error, 'write', file);
  }
}

/** Reads a file, or gives undefined when there is none. @throws ToolError FILE_UNREADABLE */
export async function readFileIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw fileError(error, 'read', file);
  }
}

/** Parses a JSON file that Coracle wrote itself; undefined when it is missing or damaged (such files can always be made again). */
export async function readJsonIfSound<T>(file: string): Promise<T | undefined> {
  const bytes = await readFileIfThere(file);
  if (!bytes) return undefined;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Coracle wrote the file itself
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch {
    return undefined;
  }
}

/** What tells whether a file changed without reading it: size, times in nanoseconds, inode, mode. */
export function statKey(stat: BigIntStats): string {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}:${stat.mode}`;
}

/** SHA-256 of a whole file, as 64 hexadecimal digits, read in a stream. @throws ToolError FILE_UNREADABLE */
export async function sha256File(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const handle = await fs.open(file, 'r');
    try {
      const buffer = Buffer.allocUnsafe(1024 * 1024);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  return hash.digest('hex');
}
