import type { Bytes } from '../../src/oci/image.ts';
import type { Tree, TreeEntry } from '../../src/snapshot/types.ts';

export async function all(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Everything below a directory of a tree, in the order in which it is listed. */
export async function walk(tree: Tree, directory = ''): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for (const entry of await tree.list(directory)) {
    entries.push(entry);
    if (entry.type === 'directory') entries.push(...(await walk(tree, entry.path)));
  }
  return entries;
}

export async function pathsOf(tree: Tree): Promise<string[]> {
  return (await walk(tree)).map(({ path }) => path);
}

/** Paths and contents of all files. */
export async function filesOf(tree: Tree): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await walk(tree)) {
    if (entry.type === 'file') files[entry.path] = (await all(tree.open(entry))).toString();
  }
  return files;
}

export async function entryOf(tree: Tree, path: string): Promise<TreeEntry> {
  const entry = await tree.entry(path);
  if (!entry) throw new Error(`no ${path}`);
  return entry;
}
