/** ADD of an archive: its entries go into the destination as `tar -x` run in it as the root directory would put them. */
import { ToolError } from '../../core/errors.ts';
import type { Entry } from '../../layer/entry.ts';
import { baseOf, parentOf } from '../../layer/safe-path.ts';
import type { BlobStore } from '../../store/blobs.ts';
import { linkMode, type Directory, type Leaf, type Node, type Overlay } from './overlay.ts';
import { nothing, spool, type Spool } from './spool.ts';
import { addDirectory, makeDirectories, nodeAt, realPath, refused, type Owner } from './walk-path.ts';

/** Of the destination and of what the archive does not list. */
const directoryMode = 0o755;

/**
 * Unpacks into a directory, which is made. What is there goes, but a directory stays for a directory. The archive's modes, times and owners
 * hold; with `owner` all belongs to it.
 * @throws ToolError ARCHIVE_UNSAFE for a hard link to what is not there
 */
export async function unpackInto(
  fs: Overlay,
  entries: AsyncIterable<Entry>,
  options: { readonly dest: string; readonly owner: Owner | undefined; readonly blobs: BlobStore },
): Promise<void> {
  const { owner } = options;
  const where = await realPath(fs, fs.root, options.dest);
  const root = await makeDirectories(fs, fs.root, where, directoryMode, owner);
  // Whatever the archive holds: Docker's unpacking puts something of its own there for a moment.
  root.mtime = fs.now;
  root.made = true;
  const keep = spool(options.blobs);
  const directories: Entry[] = [];
  try {
    for await (const entry of entries) {
      // The archive's own root says nothing of a directory that is there.
      if (entry.path === '') continue;
      const parent = await directoryAt(fs, root, parentOf(entry.path));
      const node = await put(fs, root, parent, entry, keep);
      describe(node, entry, owner);
      // What is put into a directory later would change its time.
      if (entry.type === 'directory') directories.push(entry);
    }
    for (const entry of directories) {
      const node = await nodeAt(fs, root, await realPath(fs, root, entry.path));
      if (node) setTime(node, entry);
    }
    await keep.commit();
  } catch (error) {
    await keep.abort();
    throw error;
  }
}

/** The directory at a path of the archive. Those that the archive does not list are made, and root's. */
async function directoryAt(fs: Overlay, root: Directory, path: string): Promise<Directory> {
  if (path === '') return root;
  const there = await nodeAt(fs, root, await realPath(fs, root, path));
  if (there?.type === 'directory') return there;
  const parent = await directoryAt(fs, root, parentOf(path));
  // Not made through a link that leads nowhere: the archive means a directory, not what the link names.
  if (await fs.child(parent, baseOf(path)))
    throw refused(`the archive puts files into ${path}, which is no directory in the image`);
  const made = addDirectory(fs, parent, baseOf(path), directoryMode);
  made.gid = 0;
  return made;
}

async function put(
  fs: Overlay,
  root: Directory,
  parent: Directory,
  entry: Entry,
  keep: Spool,
): Promise<Node> {
  const name = baseOf(entry.path);
  const there = await fs.child(parent, name);
  if (entry.type === 'directory' && there?.type === 'directory') return there;
  if (there) await fs.remove(parent, name);
  if (entry.type === 'directory') return addDirectory(fs, parent, name, entry.mode);
  const node = entry.type === 'hardlink' ? await linked(fs, root, entry) : await newLeaf(entry, fs.now, keep);
  node.written = true;
  fs.put(parent, name, node);
  return node;
}

async function linked(fs: Overlay, root: Directory, entry: Entry): Promise<Leaf> {
  const target = entry.linkName ?? '';
  const parent = await nodeAt(fs, root, await realPath(fs, root, parentOf(target)));
  const node = parent?.type === 'directory' ? await fs.child(parent, baseOf(target)) : undefined;
  if (node && node.type !== 'directory') return node;
  throw new ToolError(
    'ARCHIVE_UNSAFE',
    `the archive's ${entry.path} is a hard link to ${target}, which is not there`,
    { hint: 'Make the archive again with the file that the link means.' },
  );
}

async function newLeaf(entry: Entry, now: number, keep: Spool): Promise<Leaf> {
  const { linkName, major, minor } = entry;
  const file = entry.type === 'file' && (await keep.add(entry.content?.() ?? nothing()));
  return {
    type: entry.type === 'directory' || entry.type === 'hardlink' ? 'file' : entry.type,
    mode: entry.type === 'symlink' ? linkMode : entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: now,
    made: true,
    xattrs: undefined,
    size: entry.type === 'file' ? entry.size : 0,
    written: true,
    ...(file && { digest: file.digest, open: file.open }),
    ...(linkName !== undefined && { linkName }),
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
  };
}

function describe(node: Node, entry: Entry, owner: Owner | undefined): void {
  node.uid = owner?.uid ?? entry.uid;
  node.gid = owner?.gid ?? entry.gid;
  if (node.type !== 'symlink') node.mode = entry.mode;
  if (entry.xattrs) node.xattrs = { ...node.xattrs, ...entry.xattrs };
  // The time of a link stays when it gets another name.
  if (node.type !== 'symlink' || entry.type === 'symlink') setTime(node, entry);
}

/** Times before 1970 become 1970, as in Docker. */
function setTime(node: Node, entry: Entry): void {
  node.mtime = Math.max(0, entry.mtime);
  node.made = false;
}
