import type { Tree } from './tree.ts';

/** The node at a path of files, `usr/bin/x`; undefined when there is none. Layers and programs on the way are looked through. */
export function findPath(tree: Tree, path: string): number | undefined {
  const wanted = path.split('/').filter((part) => part !== '' && part !== '.');
  const walk = (node: number, at: number): number | undefined => {
    if (at === wanted.length) return node;
    for (const child of tree.children(node)) {
      const kind = tree.kindOf(child);
      if (kind === 'layer') {
        const found = walk(child, at);
        if (found !== undefined) return found;
        continue;
      }
      // A node may stand for several directories at once: `usr/share`.
      const parts = tree
        .name(child)
        .split('/')
        .filter((part) => part !== '');
      if (parts.length === 0 || !parts.every((part, index) => wanted[at + index] === part)) continue;
      const found = walk(child, at + parts.length);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return wanted.length === 0 ? undefined : walk(0, 0);
}
