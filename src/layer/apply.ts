import { ToolError } from '../core/errors.ts';
import type { Entry } from './entry.ts';
import { parentOf } from './safe-path.ts';
import { editTree } from './tree.ts';
import type { TreeEditor } from './tree.ts';
import { whiteoutOf } from './whiteout.ts';

/**
 * Lays a layer over a tree (OCI image-spec, layer.md): entries are added or take the place of others, whiteouts take away what the layers
 * below have. In the tree every path is where it really is (a layer may name a file through a symbolic link of a directory), every
 * entry lies in directories, and hard links are files that share their `content`; `treeEntries` makes links of them again.
 * Contents are kept as they are, not read.
 * @throws ToolError ARCHIVE_UNSAFE, IMAGE_INVALID for a whiteout or hard link that makes no sense, ARCHIVE_TOO_LARGE
 */
export async function applyLayer(
  tree: Map<string, Entry>,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
): Promise<void> {
  const editor = editTree(tree);
  // Whiteouts speak of the layers below only: what this layer brought stays, in whichever order they come.
  const own = new Set<string>();
  for await (const entry of entries) {
    const path = editor.locate(entry.path);
    const whiteout = whiteoutOf(entry.path);
    if (whiteout.kind === 'opaque')
      for (const child of editor.children(parentOf(path))) editor.remove(child, own);
    else if (whiteout.kind === 'hides') editor.remove(editor.locate(whiteout.path), own);
    else if (whiteout.kind === 'none') {
      editor.put(path, entry.type === 'hardlink' ? linked(tree, editor, entry, path) : entry);
      for (let at = path; !own.has(at); at = parentOf(at)) own.add(at);
    }
  }
}

/** What a hard link names, at the link's path. */
function linked(tree: ReadonlyMap<string, Entry>, editor: TreeEditor, link: Entry, path: string): Entry {
  const target = editor.locate(link.linkName ?? '');
  const entry = target === path ? undefined : tree.get(target);
  if (entry && entry.type !== 'directory') return { ...entry, path };
  const what = entry ? 'which is a directory' : target === path ? 'which is itself' : 'which is not there';
  throw new ToolError(
    'IMAGE_INVALID',
    `${JSON.stringify(link.path)} is a hard link to ${JSON.stringify(link.linkName)}, ${what}`,
    { hint: 'The layer is broken; build the image again or take it from its publisher.' },
  );
}
