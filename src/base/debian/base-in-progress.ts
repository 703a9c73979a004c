import type { Entry } from '../../layer/entry.ts';
import { sortNames } from '../../layer/names.ts';
import { parentOf } from '../../layer/safe-path.ts';
import { editTree } from '../../layer/tree.ts';
import { directoryEntry, fileEntry, root } from '../parts/entry.ts';
import { contentOf, resolvePath } from '../tree.ts';
import type { BaseInProgress } from './recipe.ts';

/** Bytes of the largest file that a recipe reads. */
const largestRead = 16 * 1024 * 1024;

/**
 * A tree of packages' files that recipes add to.
 * @param note called with the path of each entry that is made
 */
export function baseInProgress(
  tree: Map<string, Entry>,
  packages: ReadonlySet<string>,
  mtime: number,
  note: (path: string) => void,
): BaseInProgress {
  const editor = editTree(tree);
  const put = (entry: Entry): void => {
    const path = editor.locate(entry.path);
    const above = parentOf(path);
    if (above !== '' && tree.get(above)?.type !== 'directory') put(directoryEntry(above, 0o755, root, mtime));
    editor.put(path, entry);
    note(path);
  };
  const add = (entry: Entry): void => {
    if (!tree.has(editor.locate(entry.path))) put(entry);
  };
  return {
    mtime,
    has: (path) => resolvePath(tree, path) !== undefined,
    hasPackage: (name) => packages.has(name),
    children: (path) => sortNames(editor.children(resolvePath(tree, path)?.path ?? path)),
    entry: (path) => tree.get(editor.locate(path)),
    read: async (path) => {
      const found = resolvePath(tree, path);
      return found && contentOf(found.entry, largestRead);
    },
    file: (path, content, owner = {}) => add({ ...fileEntry(path, content, mtime), ...owner }),
    directory: (path, { mode = 0o755, ...owner } = {}) =>
      add(directoryEntry(path, mode, { ...root, ...owner }, mtime)),
    link: (path, target) => add(linkEntry(path, target, mtime)),
    replace: put,
  };
}

/** A symbolic link; its mode is what Linux shows. */
export function linkEntry(path: string, target: string, mtime: number): Entry {
  return { path, type: 'symlink', mode: 0o777, ...root, mtime, size: 0, linkName: target };
}
