import { promises as fs, rmSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { systemCode } from './errors.ts';
import { fileError, makeDirectory } from './files.ts';
import { processStart } from './lock.ts';
import type { Ctx } from './ctx.ts';

const live = new Set<string>();
const swept = new Map<string, Promise<void>>();

/**
 * A private directory under `<home>/tmp` for the time of `work`, removed afterwards whatever happens: at the end, on a signal
 * (`removeTempDirs`), or by the next command that needs one when this process was killed (`sweepTempDirs`).
 */
export async function withTempDir<R>(ctx: Ctx, work: (directory: string) => Promise<R>): Promise<R> {
  const sweep = swept.get(ctx.home) ?? sweepTempDirs(ctx.home);
  swept.set(ctx.home, sweep);
  const directory = path.join(ctx.home, 'tmp', `${await ownName()}-${randomBytes(6).toString('hex')}`);
  try {
    await makeDirectory(directory, 0o700);
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
  live.add(directory);
  try {
    return await work(directory);
  } finally {
    live.delete(directory);
    await removeTree(directory);
    await sweep;
  }
}

/** Process id, its start, and the process table in which they mean something. */
async function ownName(): Promise<string> {
  const [start, table] = await Promise.all([processStart(process.pid), processTable()]);
  return `${process.pid}-${start ?? 0}-${table}`;
}

/** The process id namespace: containers that share a home do not see each other's processes. */
async function processTable(): Promise<string> {
  const link = await fs.readlink('/proc/self/ns/pid').catch(() => '');
  return /\d+/.exec(link)?.[0] ?? '0';
}

/** Removes a tree even when it holds read-only directories, as Go's module cache does. */
export async function removeTree(directory: string): Promise<void> {
  try {
    await fs.rm(directory, { recursive: true, force: true });
  } catch {
    await makeWritable(directory);
    await fs.rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What the removal that failed has not stopped removing yet may be gone at any moment. */
async function makeWritable(directory: string): Promise<void> {
  try {
    await fs.chmod(directory, 0o700);
    for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) await makeWritable(path.join(directory, entry.name));
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** For the moment before the process ends by a signal: removes every live temporary directory. */
export function removeTempDirs(): void {
  for (const directory of live) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // The next command sweeps it.
    }
  }
}

/** After so many milliseconds without a change a directory of a process that cannot be seen from here is left over. */
const foreignIdle = 24 * 60 * 60 * 1000;

/** Removes temporary directories whose process is gone. Never fails: what cannot be removed is tried again by the next command. */
export async function sweepTempDirs(home: string): Promise<void> {
  const root = path.join(home, 'tmp');
  const names = await fs.readdir(root).catch(() => [] as string[]);
  const table = names.length === 0 ? '' : await processTable();
  for (const name of names) {
    const directory = path.join(root, name);
    const [, pid, start, itsTable] = /^(\d+)-(\d+)-(?:(\d+)-)?[0-9a-f]+$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const gone =
      itsTable === table
        ? (await processStart(Number(pid))) !== Number(start)
        : await untouched(directory, foreignIdle);
    if (gone) await removeTree(directory).catch(() => undefined);
  }
}

async function untouched(file: string, milliseconds: number): Promise<boolean> {
  const stat = await fs.stat(file).catch(() => undefined);
  return stat !== undefined && Date.now() - stat.mtimeMs > milliseconds;
}
