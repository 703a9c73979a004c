import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileCalls } from '../core/syscalls.ts';
import { systemCode } from '../core/errors.ts';
import { resolveInside } from './init/targets.ts';

/** A place inside a root directory that was made free. */
export interface Placed {
  /** Of the machine. */
  readonly file: string;
  /** True when there was nothing before. */
  readonly made: boolean;
  /** To be called when it was filled. */
  filled(): Promise<void>;
  /** Calls `empty`, puts back what was there, and removes what had to be made around it, where that is still empty. */
  undo(empty: () => Promise<void>): Promise<void>;
}

/**
 * Makes place at a path inside `root`. With `aside`, what is there is moved to that path, and the place is left empty; without,
 * a directory is made when there is none. Directories that nothing else changed do not look changed afterwards. No process is
 * in the root.
 */
export async function placeIn(root: string, target: string, aside: string | undefined): Promise<Placed> {
  const { path: inside, exists } = resolveInside(root, target);
  const file = path.join(root, inside);
  const kept: Kept[] = [];
  if (!exists) {
    const missing: string[] = [];
    for (let at = path.dirname(file); !(await there(at)); at = path.dirname(at)) missing.unshift(at);
    for (const directory of missing) {
      kept.push(await keep(path.dirname(directory), directory));
      await fs.mkdir(directory);
    }
  }
  kept.push(await keep(path.dirname(file), undefined));
  if (aside === undefined && !exists) await fs.mkdir(file);
  if (aside !== undefined && exists) await fs.rename(file, aside);
  const times = async (): Promise<(bigint | undefined)[]> =>
    Promise.all(kept.map(async ({ directory }) => mtime(directory)));
  let now = await times();
  return {
    file,
    made: !exists,
    filled: async () => {
      now = await times();
    },
    undo: async (empty) => {
      if (!(await isWhereItWas(file))) return;
      const touched = (await times()).map((time, index) => time !== now[index]);
      await empty();
      if (aside === undefined && !exists) await removeEmpty(file);
      if (aside !== undefined && exists) {
        await fs.rm(file, { recursive: true, force: true });
        await fs.rename(aside, file);
      }
      for (const [index, { directory, made, before }] of [...kept.entries()].reverse()) {
        if (made !== undefined) await removeEmpty(made);
        if (touched[index] !== true && before !== undefined) restore(directory, before);
      }
    },
  };
}

/** False when the path leads elsewhere by now, as a program put a link into it: then nothing there is ours. */
export async function isWhereItWas(file: string): Promise<boolean> {
  const parent = path.dirname(file);
  return (await fs.realpath(parent).catch(() => undefined)) === parent;
}

interface Kept {
  readonly directory: string;
  /** What was made in it. */
  readonly made: string | undefined;
  /** Nanoseconds. */
  readonly before: bigint | undefined;
}

async function keep(directory: string, made: string | undefined): Promise<Kept> {
  return { directory, made, before: await mtime(directory) };
}

async function there(file: string): Promise<boolean> {
  return (await fs.lstat(file).catch(() => undefined)) !== undefined;
}

async function mtime(directory: string): Promise<bigint | undefined> {
  return (await fs.lstat(directory, { bigint: true }).catch(() => undefined))?.mtimeNs;
}

function restore(directory: string, nanoseconds: bigint): void {
  try {
    fileCalls().setMtime(Buffer.from(directory), nanoseconds);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes a directory if nothing is in it. */
async function removeEmpty(directory: string): Promise<void> {
  await fs.rmdir(directory).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw error;
  });
}
