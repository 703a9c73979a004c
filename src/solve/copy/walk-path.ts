import { ToolError } from '../../core/errors.ts';
import { newDirectory, type Directory, type Node, type Overlay } from './overlay.ts';

/** Links followed for one path, as in Linux. */
const mostLinks = 40;

/** The parts of a path without links, below the directory that it was resolved in. */
export type RealPath = readonly string[];

/**
 * Where a path leads, as for a process whose root directory `root` is: links are followed, the last one too, and nothing leads out. What
 * does not exist (yet) is no link; so a dangling link leads to where it points.
 * @throws ToolError COPY_REFUSED when links go round in a circle, or a file stands where a directory must be
 */
export async function realPath(fs: Overlay, root: Directory, path: string): Promise<RealPath> {
  const todo = path.split('/').toReversed();
  const done: { readonly name: string; readonly node: Node | undefined }[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const last = done.at(-1);
    const directory = last ? last.node : root;
    if (directory && directory.type !== 'directory')
      throw refused(`${shown(done.map((part) => part.name))} is not a directory`);
    const node = directory && (await fs.child(directory, name));
    if (node?.type !== 'symlink') {
      done.push({ name, node });
      continue;
    }
    if (++links > mostLinks) {
      throw refused(
        `the links of ${path} go round in a circle`,
        'Remove the links in a step before this one, or name another place.',
      );
    }
    const text = node.linkName ?? '';
    if (text.startsWith('/')) done.length = 0;
    todo.push(...text.split('/').toReversed());
  }
  return done.map(({ name }) => name);
}

/** What is at a path without links. */
export async function nodeAt(fs: Overlay, root: Directory, path: RealPath): Promise<Node | undefined> {
  let node: Node | undefined = root;
  for (const name of path) {
    if (node?.type !== 'directory') return undefined;
    node = await fs.child(node, name);
  }
  return node;
}

/**
 * Makes the directories of a path that are missing. As in Linux, one made in a directory with the set-group-ID bit gets its group and the bit.
 * @param owner undefined leaves them root's
 * @throws ToolError COPY_REFUSED when something else is in the way
 */
export async function makeDirectories(
  fs: Overlay,
  root: Directory,
  path: RealPath,
  mode: number,
  owner?: Owner,
): Promise<Directory> {
  let at = root;
  for (const [index, name] of path.entries()) {
    const there = await fs.child(at, name);
    if (there?.type === 'directory') {
      at = there;
      continue;
    }
    if (there) throw refused(`${shown(path.slice(0, index + 1))} is not a directory`);
    at = addDirectory(fs, at, name, mode);
    if (owner) Object.assign(at, owner);
  }
  return at;
}

/** Makes one directory where nothing is. */
export function addDirectory(fs: Overlay, parent: Directory, name: string, mode: number): Directory {
  const directory = newDirectory(mode & 0o777, fs.now);
  if (parent.mode & setGroupId) {
    directory.gid = parent.gid;
    directory.mode |= setGroupId;
  }
  fs.put(parent, name, directory);
  return directory;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const setGroupId = 0o2000;

/** A path without links, as people read it. */
export function shown(path: RealPath): string {
  return `/${path.join('/')}`;
}

/** The file system says no. The engine puts the instruction before it. */
export function refused(message: string, hint?: string): ToolError {
  return new ToolError('COPY_REFUSED', message, hint === undefined ? {} : { hint });
}
