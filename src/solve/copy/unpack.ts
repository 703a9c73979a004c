/** ADD of an archive: its entries go into the destination as `tar -x` run in it as the root directory would put them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ToolError } from '../../core/errors.ts';
import type { Bytes } from '../../oci/image.ts';
import type { Entry } from '../../layer/entry.ts';
import { baseOf, parentOf } from '../../layer/safe-path.ts';
import type { BlobStore } from '../../store/blobs.ts';
import type { Directory, Leaf, Node, Overlay } from './overlay.ts';
import { addDirectory, makeDirectories, nodeAt, realPath, type Owner } from './walk-path.ts';

/** Modes as with `--chown` and without; the mode of the destination when it must be made. */
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
  const keep = spool(options.blobs);
  const times: (() => void)[] = [];
  try {
    for await (const entry of entries) {
      // The archive's own root says nothing of a directory that is there.
      if (entry.path === '') continue;
      const parent = await parentFor(fs, root, entry.path);
      const node = await put(fs, root, parent, entry, keep);
      describe(node, entry, owner);
      // What is put into a directory later would change its time.
      if (node.type === 'directory') times.push(() => setTime(node, entry));
    }
    for (const setDirectoryTime of times) setDirectoryTime();
    await keep.commit();
  } catch (error) {
    await keep.abort();
    throw error;
  }
}

/** Directories that the archive does not list are root's. */
async function parentFor(fs: Overlay, root: Directory, path: string): Promise<Directory> {
  return makeDirectories(fs, root, await realPath(fs, root, parentOf(path)), directoryMode, {
    uid: 0,
    gid: 0,
  });
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
  const target = entry.type === 'hardlink' ? await linked(fs, root, entry) : undefined;
  if (there) await fs.remove(parent, name);
  if (entry.type === 'directory') return addDirectory(fs, parent, name, entry.mode);
  const node = target ?? (await newLeaf(entry, fs.now, keep));
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
    mode: entry.mode,
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

async function* nothing(): AsyncGenerator<Uint8Array> {
  // an entry without content
}

function describe(node: Node, entry: Entry, owner: Owner | undefined): void {
  node.uid = owner?.uid ?? entry.uid;
  node.gid = owner?.gid ?? entry.gid;
  if (node.type !== 'symlink') node.mode = entry.mode;
  if (entry.xattrs) node.xattrs = { ...node.xattrs, ...entry.xattrs };
  setTime(node, entry);
}

/** Times before 1970 become 1970, as in Docker. */
function setTime(node: Node, entry: Entry): void {
  node.mtime = Math.max(0, entry.mtime);
  node.made = false;
}

interface Spool {
  add(content: Bytes): Promise<{ readonly digest: string; readonly open: () => Bytes }>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** Keeps the contents of an archive one behind the other in one blob: an archive is read once, its files are asked for in any order. */
function spool(blobs: BlobStore): Spool {
  let writer: Awaited<ReturnType<BlobStore['writer']>> | undefined;
  let at = 0;
  let file = '';
  return {
    add: async (content) => {
      writer ??= await blobs.writer();
      const hash = createHash('sha256');
      const start = at;
      for await (const chunk of content) {
        hash.update(chunk);
        await writer.write(chunk);
        at += chunk.length;
      }
      const end = at;
      const digest = hash.digest('hex');
      // `end` of a stream is inclusive.
      return {
        digest,
        open: () => (end === start ? nothing() : createReadStream(file, { start, end: end - 1 })),
      };
    },
    commit: async () => {
      if (writer) file = blobs.path((await writer.commit()).digest);
    },
    abort: async () => writer?.abort(),
  };
}
