import { createHash } from 'node:crypto';
import { mergePackages } from '../../base/debian/merge.ts';
import type { OpenPackage } from '../../base/debian/kept-debs.ts';
import type { Entry } from '../../layer/entry.ts';
import type { IndexEntry, LayerIndex } from '../../layer/layer-index.ts';
import { editTree, treeEntries } from '../../layer/tree.ts';
import { databaseEntries } from './database.ts';
import { refuseDiversions } from './diversions.ts';

/** What scripts are run on: all packages unpacked, none configured. */
export interface LaidOut {
  /** By path; contents can be opened at any time. */
  readonly tree: Map<string, Entry>;
  /** Seconds since the epoch: the newest file of a package. What is made later gets this time, so that it depends on the packages alone. */
  readonly epoch: number;
}

/** Where kernels are mounted, and what has no package. */
const places = ['dev', 'proc', 'sys', 'run', 'tmp'];

/**
 * The packages' files in one tree, with dpkg's books.
 * @throws ToolError as mergePackages, refuseDiversions
 */
export async function layOut(packages: readonly OpenPackage[], architecture: string): Promise<LaidOut> {
  refuseDiversions(packages);
  const tree = mergePackages(withMergedUsr(packages));
  const epoch = Math.floor(
    packages.flatMap(({ entries }) => entries).reduce((newest, { mtime }) => Math.max(newest, mtime), 0),
  );
  const editor = editTree(tree);
  const made = await databaseEntries(packages, architecture, epoch);
  for (const entry of made) editor.put(editor.locate(entry.path), entry);
  for (const path of places) {
    if (!tree.has(path)) editor.put(path, directory(path, path === 'tmp' ? 0o1777 : 0o755, epoch));
  }
  for (const [path, entry] of tree) {
    // Directories that no package describes were made without a time.
    if (entry.mtime === 0) tree.set(path, { ...entry, mtime: epoch });
  }
  tree.delete('');
  return { tree, epoch };
}

/** Directories that are links in a system with a merged /usr. Those of other widths are there only where packages have them. */
const mergedDirectories = /^(?:bin|sbin|lib(?:|32|64|o32|x32))$/;

/** Up to Debian 12 the installer makes these links, not a package. */
function withMergedUsr(packages: readonly OpenPackage[]): readonly OpenPackage[] {
  if (!packages.some(({ record }) => record.name === 'usr-is-merged' || record.name === 'usrmerge'))
    return packages;
  const tops = new Set(
    packages.flatMap(({ entries }) => entries.map(({ path }) => path.split('/', 1)[0] ?? '')),
  );
  const linked = packages.some(({ entries }) =>
    entries.some(({ path, type }) => path === 'bin' && type === 'symlink'),
  );
  if (linked) return packages;
  const names = ['bin', 'lib', 'sbin', ...tops].filter((name) => mergedDirectories.test(name));
  const links = [...new Set(names)].flatMap((name): Entry[] => [
    directory(`usr/${name}`, 0o755, 0),
    {
      ...directory(name, 0o777, 0),
      type: 'symlink',
      linkName: `usr/${name}`,
    },
  ]);
  return packages.map((one) =>
    one.record.name === 'base-files' ? { ...one, entries: [...links, ...one.entries] } : one,
  );
}

function directory(path: string, mode: number, mtime: number): Entry {
  return { path, type: 'directory', mode, uid: 0, gid: 0, mtime, size: 0 };
}

/** The tree as a layer is described: each content read once, for its digest. */
export async function indexTree(tree: ReadonlyMap<string, Entry>, signal: AbortSignal): Promise<LayerIndex> {
  const index: IndexEntry[] = [];
  for (const { content, ...entry } of treeEntries(tree)) {
    if (!content) {
      index.push(entry);
      continue;
    }
    signal.throwIfAborted();
    const hash = createHash('sha256');
    for await (const chunk of content()) hash.update(chunk);
    index.push({ ...entry, digest: hash.digest('hex') });
  }
  return index;
}
