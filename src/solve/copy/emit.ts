import type { Bytes } from '../../oci/image.ts';
import type { IndexEntry, LayerIndex } from '../../layer/layer-index.ts';
import { sortNames } from '../../layer/names.ts';
import type { TreeEntry } from '../../snapshot/types.ts';
import { refused } from './walk-path.ts';
import type { Directory, Leaf, Overlay } from './overlay.ts';

export interface EmittedLayer {
  readonly index: LayerIndex;
  /** Contents of the index's files, by path. */
  readonly contents: ReadonlyMap<string, () => Bytes>;
}

/** SHA-256 of nothing: the content of whiteouts. */
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The layer that makes of the base what the overlay is now: what was written, the directories above it, and whiteouts for what is gone.
 * Directories first, names in byte order. A directory of which only the time changed is left out, as BuildKit does; so is the root.
 * @throws ToolError COPY_REFUSED for a name that layers keep for whiteouts
 */
export function emitLayer({ root }: Overlay): EmittedLayer {
  const index: IndexEntry[] = [];
  const contents = new Map<string, () => Bytes>();
  const names = new Map<Leaf, string>();

  const directory = (from: Directory, path: string): void => {
    for (const name of sortNames([...from.slots.keys()])) {
      const slot = from.slots.get(name);
      if (!slot) continue;
      const { node, beneath } = slot;
      const at = path === '' ? name : `${path}/${name}`;
      if (node === undefined) {
        index.push(whiteout(path === '' ? `.wh.${name}` : `${path}/.wh.${name}`));
      } else if (node.type === 'directory') {
        const before = index.length;
        index.push(directoryEntry(node, at));
        // It stands where the base has another one: nothing of that is to be seen.
        if (node.below === undefined && beneath?.type === 'directory')
          index.push(whiteout(`${at}/.wh..wh..opq`));
        directory(node, at);
        if (index.length === before + 1 && beneath && same(node, beneath)) index.pop();
        else check(name, at);
      } else if (node.written) {
        check(name, at);
        index.push(leafEntry(node, at, names.get(node)));
        if (node.type === 'file' && node.open && !names.has(node)) contents.set(at, node.open);
        names.set(node, at);
      }
    }
  };
  directory(root, '');
  return { index, contents };
}

function check(name: string, path: string): void {
  if (!name.startsWith('.wh.')) return;
  throw refused(
    `/${path} cannot be in a layer: names that begin with .wh. mean there that something is removed`,
    'Give the file another name, or leave it out with .dockerignore or --exclude.',
  );
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function directoryEntry(node: Directory, path: string): IndexEntry {
  return entryOf(node, path, 'directory', 0);
}

function leafEntry(node: Leaf, path: string, first: string | undefined): IndexEntry {
  if (first !== undefined) return Object.assign(entryOf(node, path, 'hardlink', 0), { linkName: first });
  const { type, size, digest, linkName, major, minor } = node;
  const entry = entryOf(node, path, type, size);
  if (digest !== undefined) entry.digest = digest;
  if (linkName !== undefined) entry.linkName = linkName;
  if (major !== undefined) entry.major = major;
  if (minor !== undefined) entry.minor = minor;
  return entry;
}

function entryOf(
  node: Directory | Leaf,
  path: string,
  type: IndexEntry['type'],
  size: number,
): Writable<IndexEntry> {
  const { mode, uid, gid, mtime, made, xattrs } = node;
  const entry: Writable<IndexEntry> = { path, type, mode, uid, gid, mtime, size };
  if (made) entry.made = true;
  if (xattrs !== undefined && Object.keys(xattrs).length > 0) entry.xattrs = xattrs;
  return entry;
}

function whiteout(path: string): IndexEntry {
  return { path, type: 'file', mode: 0, uid: 0, gid: 0, mtime: 0, size: 0, digest: empty, made: true };
}

function same(node: Directory, beneath: TreeEntry): boolean {
  if (node.below === undefined) return false;
  const { mode, uid, gid, xattrs } = beneath;
  return node.mode === mode && node.uid === uid && node.gid === gid && node.xattrs === xattrs;
}
