import { promises as fs, rmSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { fileError } from './files.ts';
import { processStart } from './lock.ts';
import type { Ctx } from './ctx.ts';

const live = new Set<string>();

/**
 * A private directory under `<home>/tmp` for the time of `work`, removed afterwards whatever happens: at the end, on a signal
 * (`removeTempDirs`), or by the next command when this process was killed (`sweepTempDirs`).
 */
export async function withTempDir<R>(ctx: Ctx, work: (directory: string) => Promise<R>): Promise<R> {
  const directory = path.join(
    ctx.home,
    'tmp',
    `${process.pid}-${(await processStart(process.pid)) ?? 0}-${randomBytes(6).toString('hex')}`,
  );
  try {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, 'write', directory);
  }
  live.add(directory);
  try {
    return await work(directory);
  } finally {
    live.delete(directory);
    await removeTree(directory);
  }
}

/** Removes a tree even when it holds read-only directories, as Go's module cache does. */
export async function removeTree(directory: string): Promise<void> {
  try {
    await fs.rm(directory, { recursive: true, force: true });
  } catch {
    await makeWritable(directory);
    await fs.rm(directory, { recursive: true, force: true });
  }
}

async function makeWritable(directory: string): Promise<void> {
  await fs.chmod(directory, 0o700);
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(path.join(directory, entry.name));
  }
}

/** For the moment before the process ends by a signal: removes every live temporary directory. */
export function removeTempDirs(): void {
  for (const directory of live) rmSync(directory, { recursive: true, force: true });
}

/** Removes temporary directories whose process is gone. */
export async function sweepTempDirs(home: string): Promise<void> {
  const root = path.join(home, 'tmp');
  const names = await fs.readdir(root).catch(() => [] as string[]);
  for (const name of names) {
    const [pid, start] = name.split('-');
    if (pid === undefined || start === undefined || !/^\d+$/.test(pid)) continue;
    if ((await processStart(Number(pid))) !== Number(start))
      await removeTree(path.join(root, name)).catch(() => undefined);
  }
}
