import { promises as fs, unlinkSync } from 'node:fs';
import { tempName } from '../core/files.ts';

const unfinished = new Set<string>();

/**
 * Writes a file beside its place under another name, and moves it there when `write` has succeeded. Whatever goes wrong, an
 * interrupt too, nothing of it is left in the user's directory.
 */
export async function writeWhole(file: string, write: (temp: string) => Promise<void>): Promise<void> {
  const temp = tempName(file);
  if (unfinished.size === 0) process.once('exit', removeUnfinished);
  unfinished.add(temp);
  try {
    await write(temp);
    await fs.rename(temp, file);
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    unfinished.delete(temp);
    if (unfinished.size === 0) process.off('exit', removeUnfinished);
  }
}

function removeUnfinished(): void {
  for (const file of unfinished) {
    try {
      unlinkSync(file);
    } catch {
      // not made yet, or gone already
    }
  }
}
