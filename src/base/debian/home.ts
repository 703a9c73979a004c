import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import { readKept } from './packages.ts';
import type { Packages } from './packages.ts';
import { dropUnused, markUsed } from './unused.ts';

/** What Coracle's home holds of Debian's archive: the newest date of each suite's Release, and indexes of packages by digest. */

/** Raised when the form of what is kept changes. */
const form = 'v1';

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
  if (packages) await markUsed(ctx, file);
  return packages;
}

/** Keeps an index, and lets go of those that nobody used for a month. @throws ToolError DISK_FULL, FILE_UNWRITABLE */
export async function keepPackages(ctx: Ctx, sha256: string, packages: Packages): Promise<void> {
  const file = packagesFile(ctx, sha256);
  await writeFileAtomic(file, packages.file);
  await dropUnused(ctx, path.dirname(file));
}

function packagesFile(ctx: Ctx, sha256: string): string {
  return path.join(ctx.home, 'debian', 'packages', form, sha256);
}
