/**
 * Where one process works in the store: its temporary names, its lease, and when it began. Nothing here touches the disk before
 * it is needed: opening a store must cost nothing.
 */
import { closeSync, openSync, promises as fs, readdirSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { makeDirectory } from '../core/files.ts';
import { processStart } from '../core/lock.ts';
import { sweepTemp } from './sweep.ts';

export interface Place {
  /** `<home>/store`. */
  readonly root: string;
  /** When this process began to use the store, by the time of files; milliseconds since the epoch. */
  readonly began: number;
  /** An unused name in `<root>/tmp`; it carries the process, so that others can tell when it is left over. */
  tempName(): Promise<string>;
  /**
   * Says that this process relies on what it uses from now on: `prune --all` of another process spares what was used since.
   * Costs one small file for each process; never fails, as a store that cannot be written to cannot be pruned either.
   */
  lease(): Promise<void>;
  /** Marks a file as used just now; once for each process is enough. `mtimeMs` is what a stat of it said. */
  touch(file: string, mtimeMs: number): Promise<void>;
}

/** Milliseconds by which the time of a file may lie behind the clock. */
const coarseness = 1000;

export function openPlace(home: string): Place {
  const root = path.join(home, 'store');
  const began = Date.now() - coarseness;
  let swept: Promise<unknown> | undefined;
  let leased: Promise<void> | undefined;
  return {
    root,
    began,
    tempName: async () => {
      swept ??= sweepTemp(root, { idle: 60_000 }).catch(() => undefined);
      await swept;
      return path.join(root, 'tmp', `${await ownName(root)}-${randomBytes(6).toString('hex')}`);
    },
    lease: async () => {
      leased ??= takeLease(root, began);
      return leased;
    },
    touch: async (file, mtimeMs) => {
      if (mtimeMs >= began) return;
      const now = new Date();
      await fs.utimes(file, now, now).catch(() => undefined);
    },
  };
}

async function takeLease(root: string, began: number): Promise<void> {
  const file = path.join(root, 'leases', await ownName(root));
  try {
    create(file, began);
  } catch {
    try {
      await makeDirectory(path.dirname(file));
      create(file, began);
    } catch {
      // see `lease`
    }
  }
}

/**
 * Its time is the process's beginning: what was used since then is spared. Synchronous, as it is on the way of every command:
 * round trips through the thread pool cost more than the file.
 */
function create(file: string, began: number): void {
  closeSync(openSync(file, 'w'));
  utimesSync(file, began / 1000, began / 1000);
}

let known: Promise<string> | undefined;

/** Process id and start: together a name that is not used twice. What bears it is removed when this process exits. */
async function ownName(root: string): Promise<string> {
  known ??= processStart(process.pid).then((start) => `${process.pid}-${start ?? 0}`);
  const name = await known;
  if (used.size === 0) process.on('exit', () => removeOwn(name));
  used.add(root);
  return name;
}

/** The stores that this process left its name in. */
const used = new Set<string>();

/** On an interrupt nobody waits for those who still write. */
function removeOwn(name: string): void {
  for (const root of used) {
    for (const folder of ['tmp', 'leases']) {
      const directory = path.join(root, folder);
      for (const file of list(directory))
        if (file === name || file.startsWith(`${name}-`)) remove(path.join(directory, file));
    }
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { recursive: true, force: true });
  } catch {
    // The next process sweeps it.
  }
}
