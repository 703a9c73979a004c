/**
 * How anything gets into the store: a temporary file in `<root>/tmp`, fsync, rename, fsync of the directory. A reader sees the
 * old file or the new one; a process that dies leaves a temporary file and nothing else.
 */
import { promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ToolError, messageOf, systemCode } from '../core/errors.ts';
import { fileError, makeDirectory, syncDirectory } from '../core/files.ts';
import type { Place } from './place.ts';

/** Opens a new temporary file. Makes the directory when it is missing: anything in the home may be deleted at any time. */
export async function openTemp(place: Place, mode: number): Promise<{ file: string; handle: FileHandle }> {
  const file = await place.tempName();
  try {
    return { file, handle: await withDirectory(path.dirname(file), async () => fs.open(file, 'wx', mode)) };
  } catch (error) {
    throw storeError(error, file);
  }
}

/** Moves a finished temporary file to its place. With `sync`, the file must have been synced before. */
export async function publish(temp: string, file: string, options: { sync: boolean }): Promise<void> {
  const directory = path.dirname(file);
  await withDirectory(directory, async () => fs.rename(temp, file));
  if (options.sync) await syncTogether(directory);
}

/**
 * Writes a small file whole. Without `sync` a power cut may lose it or leave it empty, which its readers take for missing.
 * @throws ToolError DISK_FULL, STORE_UNWRITABLE
 */
export async function replaceFile(
  place: Place,
  file: string,
  data: string,
  options: { sync: boolean },
): Promise<void> {
  const { file: temp, handle } = await openTemp(place, 0o644);
  try {
    try {
      await handle.writeFile(data);
      if (options.sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(temp, file, options);
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => undefined);
    throw storeError(error, file);
  }
}

/** No permission, or something else stands where a directory must be. */
const refusals: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);

/** A system error while writing to the store, as a ToolError that says what to do. */
export function storeError(error: unknown, file: string): unknown {
  if (!refusals.has(systemCode(error) ?? '')) return fileError(error, 'write', file);
  return new ToolError('STORE_UNWRITABLE', `cannot write to the store: ${messageOf(error)}`, {
    cause: error,
    hint: 'Set CORACLE_HOME to a directory that you may write to.',
  });
}

const running = new Map<string, Promise<void>>();
const waiting = new Map<string, Promise<void>>();

/** fsync of a directory; those who ask while one is under way share the next. */
async function syncTogether(directory: string): Promise<void> {
  const busy = running.get(directory);
  if (!busy) {
    const own = syncDirectory(directory).finally(() => running.delete(directory));
    running.set(directory, own);
    return own;
  }
  let next = waiting.get(directory);
  if (!next) {
    next = busy
      .catch(() => undefined)
      .then(async () => {
        waiting.delete(directory);
        return syncTogether(directory);
      });
    waiting.set(directory, next);
  }
  return next;
}

/** Does `work` again after making `directory`, when it was missing. */
export async function withDirectory<R>(directory: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  await makeDurably(directory);
  return work();
}

/** Makes it with its parents; their entries must survive a crash as what they hold does. */
async function makeDurably(directory: string): Promise<void> {
  const first = await makeDirectory(directory);
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made))
    await syncTogether(path.dirname(made));
}
