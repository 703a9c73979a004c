import { ToolError } from '../core/errors.ts';
import type { Entry } from './entry.ts';
import { baseOf, parentOf } from './safe-path.ts';

/** What a stack of layers amounts to, by resolved path; the values are entries, or whatever carries one. */
export type Tree<T extends { readonly entry: Entry }> = Map<string, T>;

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Links followed for one path, as in Linux. */
const mostLinks = 40;

/**
 * Applies one layer's entries to a tree, one call for each entry in the layer's order (OCI image-spec, layer.md): whiteouts and opaque
 * whiteouts hide what the layers below have, and only that; an entry below a symbolic link to a directory lands where the link leads,
 * inside the root.
 * @returns a function that takes the next entry, and gives the path where it landed, or undefined for a whiteout
 */
export function layerOnto<T extends { readonly entry: Entry }>(tree: Tree<T>): (entry: Entry, make: (path: string) => T) => string | undefined {
  const fresh = new Set<string>();
  const removeBelow = (directory: string): void => {
    const prefix = directory === '' ? '' : `${directory}/`;
    for (const path of tree.keys()) if (path.startsWith(prefix) && path !== directory && !fresh.has(path)) tree.delete(path);
  };
  return (entry, make) => {
    const name = baseOf(entry.path);
    const directory = entry.path === '' ? '' : resolveDirectory(tree, parentOf(entry.path), 0);
    const at = (last: string): string => (directory === '' ? last : `${directory}/${last}`);
    if (name === opaque) {
      removeBelow(directory);
      return undefined;
    }
    if (name.startsWith(whiteout)) {
      const hidden = at(name.slice(whiteout.length));
      removeBelow(hidden);
      if (!fresh.has(hidden)) tree.delete(hidden);
      return undefined;
    }
    const path = at(name);
    const before = tree.get(path)?.entry;
    if (before?.type === 'directory' && entry.type !== 'directory') {
      for (const below of tree.keys()) if (below.startsWith(`${path}/`)) tree.delete(below);
    }
    fresh.add(path);
    for (let parent = directory; parent !== ''; parent = parentOf(parent)) fresh.add(parent);
    tree.delete(path); // a later entry stands later in the order too
    tree.set(path, make(path));
    return path;
  };
}

/** Where a directory's name leads when links on its way are followed inside the root. */
function resolveDirectory<T extends { readonly entry: Entry }>(tree: Tree<T>, path: string, depth: number): string {
  if (depth > mostLinks) {
    throw new ToolError('ARCHIVE_UNSAFE', `${JSON.stringify(path)} leads through a circle of symbolic links`, { hint: 'The layer is broken or hostile.' });
  }
  const done: string[] = [];
  const parts = path.split('/').filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    if (part === '..') {
      done.pop();
      continue;
    }
    const here = [...done, part].join('/');
    const found = tree.get(here)?.entry;
    if (found?.type !== 'symlink' || found.linkName === undefined) {
      done.push(part);
      continue;
    }
    const base = found.linkName.startsWith('/') ? [] : done;
    const target = [...base, ...found.linkName.split('/').filter((element) => element !== '.' && element !== ''), ...parts.slice(index + 1)];
    return resolveDirectory(tree, target.join('/'), depth + 1);
  }
  return done.join('/');
}
