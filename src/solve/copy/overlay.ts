/**
 * A tree that is written to in memory, above a base that stays as it is: what overlayfs does with directories, done on indexes. COPY, ADD and
 * WORKDIR act on it by the rules of a file system; `emitLayer` then says which layer they left. It must not know Dockerfiles.
 */
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { Bytes } from '../../oci/image.ts';

interface Inode {
  mode: number;
  uid: number;
  gid: number;
  /** As in `Entry`. */
  mtime: number;
  made: boolean;
  xattrs: Readonly<Record<string, Uint8Array>> | undefined;
}

export interface Directory extends Inode {
  readonly type: 'directory';
  readonly slots: Map<string, Slot>;
  /** The directory of the base whose names are seen here where no slot stands before them. */
  readonly below: string | undefined;
}

/** Whatever is not a directory. The same leaf in two slots is one file with two names. */
export interface Leaf extends Inode {
  readonly type: Exclude<TreeEntry['type'], 'directory' | 'hardlink'>;
  readonly size: number;
  readonly digest?: string;
  readonly linkName?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly open?: () => Bytes;
  /** False while it is the base's own, so that the layer need not hold it. */
  written: boolean;
}

/** A link has no mode of its own; Linux says this of all of them. */
export const linkMode = 0o777;

export type Node = Directory | Leaf;

/** What stands at a name: nothing when it was removed. */
interface Slot {
  readonly node: Node | undefined;
  /** What the base has at this name. */
  readonly beneath: TreeEntry | undefined;
}

export interface Overlay {
  readonly root: Directory;
  /** Seconds since the Unix epoch: the time of all that is made here. */
  readonly now: number;
  child(directory: Directory, name: string): Promise<Node | undefined>;
  /** Puts a node where nothing is. */
  put(directory: Directory, name: string, node: Node): void;
  /** Removes what is there, with all that is in it. */
  remove(directory: Directory, name: string): Promise<void>;
}

/**
 * @param base undefined on scratch, and where the base is not to be looked at
 * @param root what the base says of its root, which few do
 */
export function overlay(base: Tree | undefined, root: TreeEntry | undefined, now: number): Overlay {
  const touch = (directory: Directory): void => {
    directory.mtime = now;
    directory.made = true;
  };
  const slot = async (directory: Directory, name: string): Promise<Slot | undefined> => {
    const known = directory.slots.get(name);
    if (known || directory.below === undefined || !base) return known;
    const beneath = await base.entry(directory.below === '' ? name : `${directory.below}/${name}`);
    if (!beneath) return undefined;
    const found: Slot = { node: baseNode(base, beneath), beneath };
    directory.slots.set(name, found);
    return found;
  };
  return {
    root: root
      ? directoryOf(root, '')
      : { ...newDirectory(0o755, now), below: base === undefined ? undefined : '' },
    now,
    child: async (directory, name) => (await slot(directory, name))?.node,
    put: (directory, name, node) => {
      directory.slots.set(name, { node, beneath: directory.slots.get(name)?.beneath });
      touch(directory);
    },
    remove: async (directory, name) => {
      const beneath = (await slot(directory, name))?.beneath;
      if (beneath) directory.slots.set(name, { node: undefined, beneath });
      else directory.slots.delete(name);
      touch(directory);
    },
  };
}

/** A directory that the build makes: root's. */
export function newDirectory(mode: number, now: number): Directory {
  return {
    type: 'directory',
    mode,
    uid: 0,
    gid: 0,
    mtime: now,
    made: true,
    xattrs: undefined,
    slots: new Map(),
    below: undefined,
  };
}

function directoryOf(entry: TreeEntry, below: string | undefined): Directory {
  const { mode, uid, gid, mtime } = entry;
  return {
    type: 'directory',
    mode,
    uid,
    gid,
    mtime,
    made: entry.made ?? false,
    xattrs: entry.xattrs,
    slots: new Map(),
    below,
  };
}

function baseNode(base: Tree, entry: TreeEntry): Node {
  return entry.type === 'directory' ? directoryOf(entry, entry.path) : leafOf(base, entry, false);
}

/** The leaf that an entry of a tree is. `written` tells whether it is new where it is put. */
export function leafOf(tree: Tree, entry: TreeEntry, written: boolean, digest = entry.digest): Leaf {
  return {
    type: entry.type === 'directory' || entry.type === 'hardlink' ? 'file' : entry.type,
    mode: entry.type === 'symlink' ? linkMode : entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: entry.mtime,
    made: entry.made ?? false,
    xattrs: entry.xattrs,
    size: entry.size,
    written,
    ...(digest !== undefined && { digest }),
    ...(entry.linkName !== undefined && { linkName: entry.linkName }),
    ...(entry.major !== undefined && { major: entry.major }),
    ...(entry.minor !== undefined && { minor: entry.minor }),
    ...(entry.type === 'file' && { open: () => tree.open(entry) }),
  };
}
