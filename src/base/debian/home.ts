import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import { readKept } from './packages.ts';
import type { Packages } from './packages.ts';

/** What Coracle's home holds of Debian's archive: the newest date of each suite's Release, and indexes of packages by digest. */

/** Raised when the form of what is kept changes. */
const form = 'v1';

const unusedDays = 30;

/** The newest Date that a Release of the suite had, whichever mirror it came from. */
export async function newestSeen(ctx: Ctx, suite: string): Promise<Date | undefined> {
  const text = (await readFileIfThere(seenFile(ctx, suite)))?.toString('latin1').trim();
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** @throws ToolError DISK_FULL, FILE_UNWRITABLE */
export async function rememberSeen(ctx: Ctx, suite: string, date: Date): Promise<void> {
  await writeFileAtomic(seenFile(ctx, suite), `${date.toISOString()}\n`);
}

function seenFile(ctx: Ctx, suite: string): string {
  return path.join(ctx.home, 'debian', 'seen', suite);
}

/** The kept form of the Packages file that was packed in a file of that digest (hexadecimal), if it is there and whole. */
export async function keptPackages(ctx: Ctx, sha256: string): Promise<Packages | undefined> {
  const file = packagesFile(ctx, sha256);
  const bytes = await readFileIfThere(file);
  const packages = bytes && readKept(bytes);
  const now = ctx.now();
  // What is used stays; that the time could not be set only means that it is made again one day.
  if (packages) await fs.utimes(file, now, now).catch(() => undefined);
  return packages;
}

/** Keeps an index, and lets go of those that nobody used for a month. @throws ToolError DISK_FULL, FILE_UNWRITABLE */
export async function keepPackages(ctx: Ctx, sha256: string, packages: Packages): Promise<void> {
  const file = packagesFile(ctx, sha256);
  await writeFileAtomic(file, packages.file);
  const directory = path.dirname(file);
  const oldest = ctx.now().getTime() - unusedDays * 24 * 60 * 60 * 1000;
  for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
    const stat = await fs.stat(path.join(directory, name)).catch(() => undefined);
    if (stat && stat.mtimeMs < oldest) await fs.rm(path.join(directory, name), { force: true });
  }
}

function packagesFile(ctx: Ctx, sha256: string): string {
  return path.join(ctx.home, 'debian', 'packages', form, sha256);
}
