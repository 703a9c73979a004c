import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../../core/ctx.ts';
import { fileError, makeDirectory } from '../../core/files.ts';
import { processStart, withLock } from '../../core/lock.ts';
import { removeTree } from '../../core/temp.ts';

/** As in RUN --mount=type=cache,sharing=…. */
export type Sharing = 'shared' | 'private' | 'locked';

/** A cache directory that is ours, alone or with others, until it is released. */
export interface HeldCache {
  /** Absolute. */
  readonly directory: string;
  release(): Promise<void>;
}

/**
 * Takes one of the directories of a cache. Below `<cache>`: the directories `0`, `1` …, and in `holds/` one file for each process that uses
 * one of them. `shared` joins those who share, and takes a free one when there are none; `private` takes a free one, or makes one; `locked`
 * waits for a free one. So what one mode holds no other mode is given, in this process or another.
 * @param make fills an empty directory that will become a new one
 */
export async function holdCache(
  ctx: Ctx,
  cache: string,
  sharing: Sharing,
  make: (directory: string) => Promise<void>,
  onWait: () => void = () => undefined,
): Promise<HeldCache> {
  for (let pause = 20, waits = 0; ; pause = Math.min(pause * 2, 500), waits++) {
    const held = await withLock(ctx, path.join(cache, 'lock'), async () => take(cache, sharing, make));
    if (held) return held;
    if (waits === 5) onWait();
    await sleep(pause, undefined, { signal: ctx.signal });
  }
}

async function take(
  cache: string,
  sharing: Sharing,
  make: (directory: string) => Promise<void>,
): Promise<HeldCache | undefined> {
  try {
    await makeDirectory(path.join(cache, 'holds'));
    const names = (await fs.readdir(cache)).filter((name) => /^\d+$/.test(name));
    const directories = names.toSorted((a, b) => Number(a) - Number(b));
    const holds = await liveHolds(cache);
    const free = directories.find((name) => !holds.some((hold) => hold.directory === name));
    const joined = sharing === 'shared' ? holds.find((hold) => hold.shared)?.directory : undefined;
    let chosen = joined ?? free;
    if (chosen === undefined) {
      if (sharing === 'locked' && directories.length > 0) return undefined;
      chosen = String(Number(directories.at(-1) ?? -1) + 1);
      await create(cache, chosen, make);
    }
    const hold = path.join(cache, 'holds', await holdName(chosen, sharing === 'shared'));
    await fs.writeFile(hold, '');
    return {
      directory: path.join(cache, chosen),
      release: async () => fs.rm(hold, { force: true }),
    };
  } catch (error) {
    throw fileError(error, 'write', cache);
  }
}

async function create(
  cache: string,
  name: string,
  make: (directory: string) => Promise<void>,
): Promise<void> {
  const temp = path.join(cache, '.tmp-new');
  await removeTree(temp); // of one who died over it: we have the lock
  await fs.mkdir(temp);
  await make(temp);
  await fs.rename(temp, path.join(cache, name));
}

async function holdName(directory: string, shared: boolean): Promise<string> {
  const start = (await processStart(process.pid)) ?? 0;
  const kind = shared ? 'shared' : 'alone';
  return `${directory}-${kind}-${process.pid}-${start}-${randomBytes(4).toString('hex')}`;
}

interface Hold {
  readonly directory: string;
  readonly shared: boolean;
}

/** The holds of processes that run; those of others are removed. */
async function liveHolds(cache: string): Promise<Hold[]> {
  const found: Hold[] = [];
  for (const name of await fs.readdir(path.join(cache, 'holds'))) {
    const [, directory, kind, pid, start] = /^(\d+)-(shared|alone)-(\d+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
    if (directory === undefined) continue;
    if ((await processStart(Number(pid))) === Number(start))
      found.push({ directory, shared: kind === 'shared' });
    else await fs.rm(path.join(cache, 'holds', name), { force: true });
  }
  return found;
}
