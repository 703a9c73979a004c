import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';

const unusedDays = 30;

/** Marks files of the home as used now. That it cannot be done only means that they are made again one day. */
export async function markUsed(ctx: Ctx, ...files: readonly string[]): Promise<void> {
  const now = ctx.now();
  await Promise.all(files.map(async (file) => fs.utimes(file, now, now).catch(() => undefined)));
}

/** Lets go of the files of a directory that nobody used for a month. */
export async function dropUnused(ctx: Ctx, directory: string): Promise<void> {
  const oldest = ctx.now().getTime() - unusedDays * 24 * 60 * 60 * 1000;
  for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
    const stat = await fs.stat(path.join(directory, name)).catch(() => undefined);
    if (stat && stat.mtimeMs < oldest) await fs.rm(path.join(directory, name), { force: true });
  }
}
