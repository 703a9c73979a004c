import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { LibraryProvider } from '../../../src/base/exact/exact.ts';
import { directoryEntry, fileEntry, root } from '../../../src/base/parts/entry.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { call } from '../../components/program.ts';

/** Packages that this Debian machine has installed, as a tree, with dpkg's database of them. */
export async function machineProvider(packages: readonly string[]): Promise<LibraryProvider> {
  const { stdout } = await call(['dpkg-query', '-L', ...packages]);
  const tree = new Map<string, Entry>();
  for (const name of ['lib', 'lib64', 'bin', 'sbin']) add(tree, `/${name}`);
  for (const line of stdout.split('\n')) if (line.startsWith('/')) add(tree, line);
  const info = '/var/lib/dpkg/info';
  add(tree, '/var/lib/dpkg/status');
  const { stdout: names } = await call([
    ...(['dpkg-query', '-W', '-f', '${Package}|${Architecture}\n'] as const),
    ...packages,
  ]);
  for (const line of names.trim().split('\n')) {
    const [name = '', architecture = ''] = line.split('|');
    for (const list of [`${info}/${name}.list`, `${info}/${name}:${architecture}.list`]) add(tree, list);
  }
  return { name: 'this machine', tree };
}

/** A file of the machine at the place where it really lies, and its links. */
function add(tree: Map<string, Entry>, file: string): void {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return;
  const place = path.join(realpathSync(path.dirname(file)), path.basename(file)).slice(1);
  if (place === '' || tree.has(place)) return;
  if (stat.isSymbolicLink()) {
    tree.set(place, {
      ...{ path: place, type: 'symlink', mode: 0o777, ...root, mtime: 0, size: 0 },
      linkName: readlinkSync(file),
    });
  } else if (stat.isDirectory()) tree.set(place, directoryEntry(place, 0o755, root, 0));
  else if (stat.isFile())
    tree.set(place, { ...fileEntry(place, readFileSync(file), 0), mode: stat.mode & 0o777 });
}
