/** Puts what a COPY takes into the image, step by step as BuildKit's file op does, so that every corner comes out as it does there. */
import path from 'node:path/posix';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { Chmod } from './chmod.ts';
import { leafOf, type Directory, type Leaf, type Node, type Overlay } from './overlay.ts';
import type { Picked } from './select.ts';
import type { Item } from './take.ts';
import { addDirectory, makeDirectories, nodeAt, realPath, refused, shown } from './walk-path.ts';
import type { Owner, RealPath } from './walk-path.ts';

export interface PlaceOptions {
  /** As in `CopyAction`: with a trailing slash, or `/.`, it is a directory. */
  readonly dest: string;
  /** Undefined keeps the source's. */
  readonly owner: Owner | undefined;
  readonly chmod: Chmod | undefined;
  /** A directory's contents go into the destination, which keeps its mode; else it becomes the destination, or goes into it. */
  readonly contents: boolean;
  /** SHA-256 of a file's content in hex. */
  readonly digest: (entry: TreeEntry) => string | undefined;
}

/** @throws ToolError COPY_REFUSED when a file stands where a directory must be, or the other way round */
export async function place(fs: Overlay, tree: Tree, picked: Picked, options: PlaceOptions): Promise<void> {
  const { dest, owner, contents } = options;
  const mode = options.chmod?.parents ?? 0o755;
  const isDirectory = picked.item.entry.type === 'directory';
  const cut = dest.lastIndexOf('/') + 1;
  const last = dest.slice(cut);
  const above = last === '' || last === '.' ? dest : dest.slice(0, cut);
  await makeDirectories(fs, fs.root, await realPath(fs, fs.root, above), mode, owner);

  const real = await realPath(fs, fs.root, dest);
  const there = await nodeAt(fs, fs.root, real);
  const into = isDirectory ? !contents && there !== undefined : there?.type === 'directory';
  const target = into && picked.name !== '' ? [...real, picked.name] : real;
  // A directory that is made to take another's contents is one of those made on the way.
  const made = contents && isDirectory && !there ? target : target.slice(0, -1);
  await makeDirectories(fs, fs.root, made, mode, owner);
  const parent = await nodeAt(fs, fs.root, target.slice(0, -1));
  if (parent?.type !== 'directory') throw refused(`${shown(target.slice(0, -1))} is not a directory`);
  await copier(fs, tree, options).top(picked.item, parent, target);
}

/** A directory on the way down, made when the first thing that is taken from it comes. */
interface Frame {
  readonly item: Item;
  readonly above: Frame | undefined;
  readonly at: RealPath;
  node: Directory | undefined;
}

function copier(
  fs: Overlay,
  tree: Tree,
  { owner, chmod, digest }: PlaceOptions,
): { top(item: Item, parent: Directory, target: RealPath): Promise<void> } {
  const links = new Map<string, Leaf>();

  const describe = (node: Node, entry: TreeEntry): void => {
    node.uid = owner?.uid ?? entry.uid;
    node.gid = owner?.gid ?? entry.gid;
    if (node.type !== 'symlink')
      node.mode = chmod?.apply(entry.mode, node.type === 'directory') ?? entry.mode;
    node.mtime = entry.mtime;
    node.made = entry.made ?? false;
    if (entry.xattrs) node.xattrs = { ...node.xattrs, ...entry.xattrs };
  };

  const leaf = async (entry: TreeEntry, parent: Directory, at: RealPath): Promise<void> => {
    const name = at.at(-1) ?? '';
    const there = await fs.child(parent, name);
    if (there?.type === 'directory')
      throw refused(
        `${shown(at)} is a directory, and a file cannot take its place`,
        'Remove the directory first (RUN rm -r), or copy to another name.',
      );
    if (there) await fs.remove(parent, name);
    const known = entry.same === undefined ? undefined : links.get(entry.same);
    const node = known ?? leafOf(tree, entry, true, digest(entry));
    if (entry.same !== undefined) links.set(entry.same, node);
    fs.put(parent, name, node);
    describe(node, entry);
  };

  /** The directory at a frame: made when it is missing. One that is there takes the mode of the source, but not that of the top. */
  const directory = async (
    frame: Frame,
    parent: Directory,
  ): Promise<{ readonly node: Directory; readonly created: boolean }> => {
    const name = frame.at.at(-1);
    const there = name === undefined ? fs.root : await fs.child(parent, name);
    if (there && there.type !== 'directory')
      throw refused(
        `${shown(frame.at)} is not a directory, and a directory cannot take its place`,
        'Name another destination, or remove what is there first (RUN rm).',
      );
    if (there && frame.above) there.mode = frame.item.entry.mode;
    const node = there ?? addDirectory(fs, parent, name ?? '', frame.item.entry.mode);
    frame.node = node;
    return { node, created: there === undefined };
  };

  /** Makes the directories above, which were put off until something is taken from them. */
  const ensure = async (frame: Frame): Promise<Directory> => {
    if (frame.node) return frame.node;
    const parent = frame.above ? await ensure(frame.above) : fs.root;
    const { node, created } = await directory(frame, parent);
    if (created) describe(node, frame.item.entry);
    return node;
  };

  const inside = async (frame: Frame): Promise<void> => {
    for (const item of frame.item.items ?? []) {
      const at = [...frame.at, item.name];
      if (item.entry.type === 'directory') await below({ item, above: frame, at, node: undefined });
      else await leaf(item.entry, frame.node ?? (await ensure(frame)), at);
    }
  };

  const below = async (frame: Frame): Promise<void> => {
    if (!frame.item.include) return inside(frame);
    const parent = frame.above ? await ensure(frame.above) : fs.root;
    const { node } = await directory(frame, parent);
    await inside(frame);
    describe(node, frame.item.entry);
  };

  return {
    top: async (item, parent, target) => {
      if (item.entry.type !== 'directory') return leaf(item.entry, parent, target);
      const frame: Frame = { item, above: undefined, at: target, node: undefined };
      const { node, created } = await directory(frame, parent);
      await inside(frame);
      if (created) describe(node, item.entry);
      else {
        node.mtime = item.entry.mtime;
        node.made = item.entry.made ?? false;
      }
    },
  };
}

/** The destination as BuildKit reads it: clean, but a slash or a `/.` at its end stays. */
export function cleanDest(dest: string): string {
  const clean = path.join('/', dest);
  if (dest.endsWith('/.')) return clean === '/' ? '/.' : `${clean.replace(/\/$/, '')}/.`;
  return clean;
}
