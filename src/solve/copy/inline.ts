import { createHash } from 'node:crypto';
import path from 'node:path/posix';
import type { Bytes } from '../../oci/image.ts';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { CopyAction } from '../graph.ts';
import type { Picked } from './select.ts';

/** A heredoc as a tree with one file, 0644 and root's, made now. */
export function inlineTree(
  { name, bytes }: Extract<CopyAction, { kind: 'inline' }>,
  now: number,
): { readonly tree: Tree; readonly picked: Picked; readonly digest: string } {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const base = path.basename(name);
  const entry: TreeEntry = {
    path: base,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: now,
    made: true,
    size: bytes.length,
    digest,
  };
  const tree: Tree = {
    entry: async (at) => (at === base ? entry : undefined),
    list: async (at) => (at === '' ? [entry] : []),
    digest: async () => digest,
    open: () => whole(bytes),
  };
  return {
    tree,
    picked: { source: `<<${name}`, name: base, item: { name: base, entry, include: true } },
    digest,
  };
}

async function* whole(bytes: Uint8Array): Bytes & AsyncGenerator<Uint8Array> {
  yield bytes;
}
