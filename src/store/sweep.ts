import { promises as fs } from 'node:fs';
import path from 'node:path';
import { processStart } from '../core/lock.ts';
import { removeDeep } from '../core/remove.ts';

export interface Swept {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Finds, and removes unless `dryRun`, what processes that are gone have left in `<root>/tmp` and `<root>/leases`. `idle`: only
 * what nobody wrote to for so many milliseconds. It guards those who share a home but not a process table, as containers may.
 */
export async function sweepTemp(root: string, options: { idle: number; dryRun?: boolean }): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const folder of ['tmp', 'leases']) {
    const directory = path.join(root, folder);
    for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
      const file = path.join(directory, name);
      if (await isAlive(name)) continue;
      const stat = await fs.lstat(file).catch(() => undefined);
      if (!stat || Date.now() - stat.mtimeMs < options.idle) continue;
      if (!options.dryRun && !(await removed(file))) continue;
      swept.push({ file, bytes: stat.size });
    }
  }
  return swept;
}

/** False for what only another user, or the root of a user namespace, may remove. */
async function removed(file: string): Promise<boolean> {
  try {
    await removeDeep(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * When the oldest process that still runs took its lease, in milliseconds since the epoch; undefined when there is no other than
 * this one.
 */
export async function oldestLease(root: string): Promise<number | undefined> {
  const directory = path.join(root, 'leases');
  const times: number[] = [];
  for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
    if (name.startsWith(`${process.pid}-`) || !(await isAlive(name))) continue;
    const stat = await fs.lstat(path.join(directory, name)).catch(() => undefined);
    if (stat) times.push(stat.mtimeMs);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}

/** `name` begins with a process id and that process's start. What has another form is nobody's. */
async function isAlive(name: string): Promise<boolean> {
  const [, pid, start] = /^(\d+)-(\d+)(?:-|$)/.exec(name) ?? [];
  return pid !== undefined && (await processStart(Number(pid))) === Number(start);
}
