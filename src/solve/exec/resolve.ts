import { ToolError } from '../../core/errors.ts';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';

/** Links followed on the way to one file; the kernel gives up at as many. */
const mostLinks = 40;

export interface Resolved {
  /** As in `Entry`: relative, without links in it. */
  readonly path: string;
  /** Undefined when there is no such file; `path` then is where it would be. */
  readonly entry: TreeEntry | undefined;
}

/**
 * Where a path leads inside a tree, links followed as a process that has the tree as its root would: nothing leads out of it.
 * @throws ToolError IMAGE_INVALID when links go round in a circle
 */
export async function resolveIn(tree: Tree, wanted: string): Promise<Resolved> {
  const todo = wanted.split('/').toReversed();
  const done: string[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const entry = await tree.entry([...done, name].join('/'));
    if (entry?.type !== 'symlink') {
      done.push(name);
      continue;
    }
    if (++links > mostLinks)
      throw new ToolError('IMAGE_INVALID', `${wanted} cannot be found: its links go round in a circle`, {
        hint: 'Name what lies behind the links, or mend them.',
      });
    const text = entry.linkName ?? '';
    if (text.startsWith('/')) done.length = 0;
    todo.push(...text.split('/').toReversed());
  }
  const path = done.join('/');
  return { path, entry: path === '' ? rootEntry(await tree.entry('')) : await tree.entry(path) };
}

/** Few layers say something of the root directory itself. */
function rootEntry(known: TreeEntry | undefined): TreeEntry {
  return known ?? { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}

/**
 * A small text file of a tree; undefined when there is none.
 * @param limit bytes
 * @throws ToolError IMAGE_INVALID when it is larger
 */
export async function readText(tree: Tree, wanted: string, limit: number): Promise<string | undefined> {
  const { entry } = await resolveIn(tree, wanted);
  if (entry?.type !== 'file') return undefined;
  if (entry.size > limit)
    throw new ToolError(
      'IMAGE_INVALID',
      `${wanted} of the image is ${entry.size} bytes long, which nobody's is`,
    );
  const chunks: Uint8Array[] = [];
  for await (const chunk of tree.open(entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
