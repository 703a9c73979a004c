/** Gathers the facts of `Inputs`, and notices when one of them cannot be trusted. */
import { promises as fs } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError, makeDirectory } from '../core/files.ts';
import type { Ctx } from '../core/ctx.ts';
import { directoryKey, fileKey, hashNames, namesThatCount } from './inputs.ts';
import type { DirectoryFact, FileFact, Inputs, Key } from './inputs.ts';

/**
 * The moment before a build begins, as the kernel stamps files (nanoseconds since the epoch): what carries an older stamp
 * when its facts are taken did not change since, so the compiler saw the same. The kernel's stamps lag behind the clock by up to
 * 10 ms, so the clock would not do.
 * @throws ToolError FILE_UNWRITABLE, DISK_FULL
 */
export async function markBeginning(ctx: Ctx): Promise<bigint> {
  const file = path.join(ctx.home, 'tmp', `mark-${randomBytes(6).toString('hex')}`);
  try {
    await makeDirectory(path.dirname(file));
    await fs.writeFile(file, '', { flag: 'wx' });
    const { ctimeNs } = await fs.stat(file, { bigint: true });
    return ctimeNs;
  } catch (error) {
    throw fileError(error, 'write', file);
  } finally {
    await fs.rm(file, { force: true });
  }
}

/** As markBeginning, for after the build itself has written: later than every stamp that the kernel has given so far. */
export async function markAfter(ctx: Ctx): Promise<bigint> {
  const now = await markBeginning(ctx);
  for (;;) {
    const next = await markBeginning(ctx);
    if (next > now) return next;
    await sleep(1, undefined, { signal: ctx.signal });
  }
}

export interface Recorder {
  /** Records a file, or that there is none. */
  file(file: string, header?: string): void;
  directory(directory: string, filter: string): readonly string[];
  absent(file: string): void;
  /** Undefined when something changed while the build ran: nobody knows which state it saw. */
  finish(): Inputs | undefined;
}

/** `began`: of `markBeginning`, before anything of the build was read. */
export function recorder(began: bigint): Recorder {
  const files = new Map<string, Map<string, FileFact>>();
  const directories = new Map<string, DirectoryFact>();
  const absent = new Set<string>();
  let trusted = true;
  const trust = (key: Key): void => {
    if (key.changed >= began) trusted = false;
  };
  return {
    file(file, header) {
      const key = fileKey(file);
      if (!key) {
        absent.add(file);
        return;
      }
      trust(key);
      const name = path.basename(file);
      const siblings = files.get(path.dirname(file)) ?? new Map<string, FileFact>();
      files.set(path.dirname(file), siblings);
      siblings.set(name, header === undefined ? [name, key.key] : [name, key.key, header]);
    },
    directory(directory, filter) {
      const key = directoryKey(directory);
      if (!key) {
        trusted = false;
        return [];
      }
      trust(key);
      const names = namesThatCount(directory, filter);
      directories.set(`${filter} ${directory}`, [directory, key.key, filter, hashNames(names)]);
      return names;
    },
    absent(file) {
      absent.add(file);
    },
    finish() {
      if (!trusted) return undefined;
      return {
        version: 1,
        files: [...files].map(([directory, facts]) => [directory, [...facts.values()]]),
        directories: [...directories.values()],
        absent: [...absent],
      };
    },
  };
}
