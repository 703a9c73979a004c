/** Packages as their text tells them, without the go command, which takes longer to start than a whole build in which nothing changed. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { constraintHolds, nameMatches } from './build-constraint.ts';
import type { BuildContext } from './build-constraint.ts';
import { readHeader } from './go-header.ts';

/** The package in a directory; undefined when no Go file there belongs to this build. Tests do not count. */
export async function packageName(dir: string, context: BuildContext): Promise<string | undefined> {
  const names = await fs.readdir(dir).catch(() => [] as string[]);
  for (const name of names.sort()) {
    if (!name.endsWith('.go') || !nameMatches(name, context)) continue;
    const text = await fs.readFile(path.join(dir, name), 'utf8').catch(() => '');
    const header = readHeader(text);
    if (header.package === undefined || header.package === 'documentation') continue;
    if (constraintHolds(header.directives, context)) return header.package;
  }
  return undefined;
}

/** Most directories that are looked into for a hint. */
const mostDirectories = 2000;

/** Directories below `dir` (relative, `/`-separated) that hold a main package, nearest first; those of other modules too. */
export async function mainsBelow(dir: string, context: BuildContext): Promise<string[]> {
  const found: string[] = [];
  const queue = [''];
  for (let at = 0; at < queue.length && at < mostDirectories; at++) {
    const relative = queue[at] ?? '';
    const absolute = path.join(dir, relative);
    if (relative !== '' && (await packageName(absolute, context)) === 'main') found.push(relative);
    const entries = await fs.readdir(absolute, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory() || /^[._]|^(vendor|testdata|node_modules)$/.test(entry.name)) continue;
      queue.push(relative === '' ? entry.name : `${relative}/${entry.name}`);
    }
  }
  return found;
}
