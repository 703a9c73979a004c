/**
 * Where one process works in the store: its temporary names, its lease, and when it began. Nothing here touches the disk before
 * it is needed: opening a store must cost nothing.
 */
import { closeSync, openSync, promises as fs, unlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
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
      return path.join(root, 'tmp', `${await ownName()}-${randomBytes(6).toString('hex')}`);
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

let known: Promise<string> | undefined;

/** Process id and start: together a name that is not used twice. */
async function ownName(): Promise<string> {
  known ??= processStart(process.pid).then((start) => `${process.pid}-${start ?? 0}`);
  return known;
}

const leases = new Set<string>();

async function takeLease(root: string, began: number): Promise<void> {
  const file = path.join(root, 'leases', await ownName());
  try {
    create(file, began);
  } catch {
    try {
      await fs.mkdir(path.dirname(file), { recursive: true });
      create(file, began);
    } catch {
      return;
    }
  }
  if (leases.size === 0) process.on('exit', dropLeases);
  leases.add(file);
}

/**
 * Its time is the process's beginning: what was used since then is spared. Synchronous, as it
 * is on the way of every command: round trips through the thread pool cost more than the file.
 */
function create(file: string, began: number): void {
  closeSync(openSync(file, 'w'));
  utimesSync(file, began / 1000, began / 1000);
}

function dropLeases(): void {
  for (const file of leases) {
    try {
      unlinkSync(file);
    } catch {
      // gone already
    }
  }
}
