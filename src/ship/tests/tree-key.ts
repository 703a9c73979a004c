import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { mapLimit } from '../../core/concurrency.ts';
import { sha256File } from '../../core/files.ts';

/** A tree with more than this is tested each time: to read all of it takes longer than it is worth. */
const mostFiles = 20_000;
const mostBytes = 256 * 1024 * 1024;

/** Never what a test of this project reads. */
const passedOver = new Set(['.git', 'node_modules']);

/**
 * What the files of a directory say, by content; undefined when there are too many, or when one cannot be read.
 * @param own files and directories of ours in it, which no test reads; absolute
 */
export async function treeKey(directory: string, own: readonly string[]): Promise<string | undefined> {
  const files = await listFiles(directory, new Set(own));
  if (files === undefined) return undefined;
  try {
    const lines = await mapLimit(files, 8, async (file) => {
      const stat = await fs.lstat(file);
      const name = path.relative(directory, file);
      if (stat.isSymbolicLink()) return JSON.stringify([name, 'link', await fs.readlink(file)]);
      return JSON.stringify([name, (stat.mode & 0o111) !== 0, await sha256File(file)]);
    });
    return createHash('sha256').update(lines.join('\n')).digest('hex');
  } catch {
    return undefined;
  }
}

async function listFiles(directory: string, own: ReadonlySet<string>): Promise<string[] | undefined> {
  const files: string[] = [];
  let bytes = 0;
  const walk = async (at: string): Promise<boolean> => {
    const entries = await fs.readdir(at, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.join(at, entry.name);
      if (own.has(file)) continue;
      if (entry.isDirectory()) {
        if (!passedOver.has(entry.name) && !(await walk(file))) return false;
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        bytes += (await fs.lstat(file)).size;
        files.push(file);
        if (files.length > mostFiles || bytes > mostBytes) return false;
      }
    }
    return true;
  };
  return (await walk(directory).catch(() => false)) ? files : undefined;
}
