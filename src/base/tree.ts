import type { Entry } from '../layer/entry.ts';

/** What an image unpacks to: path (as in Entry) to entry. A Map is one. Content that is there can be opened more than once. */
export type BaseTree = ReadonlyMap<string, Entry>;

/** Links followed for one path, as in Linux. */
const mostLinks = 40;

/**
 * The file or directory at a path as a process in the image sees it: symbolic links, also in the middle of the path, are followed and
 * never lead out of the root. Undefined when there is none, or the links lead in a circle.
 * @param passed is told each link on the way
 */
export function resolvePath(
  tree: BaseTree,
  path: string,
  passed?: (link: Entry) => void,
): { path: string; entry: Entry } | undefined {
  let left = mostLinks;
  let done: string[] = [];
  const rest = path.split('/');
  for (;;) {
    const part = rest.shift();
    if (part === undefined) break;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const entry = tree.get([...done, part].join('/'));
    if (entry?.type === 'symlink' && entry.linkName !== undefined) {
      if (left-- === 0) return undefined;
      passed?.(entry);
      if (entry.linkName.startsWith('/')) done = [];
      rest.unshift(...entry.linkName.split('/'));
    } else {
      done.push(part);
    }
  }
  const found = done.join('/');
  const entry = behindHardLinks(tree, tree.get(found));
  return entry && { path: found, entry };
}

function behindHardLinks(tree: BaseTree, first: Entry | undefined): Entry | undefined {
  let entry = first;
  for (let count = 0; entry?.type === 'hardlink' && entry.linkName !== undefined; count++) {
    if (count === mostLinks) return undefined;
    entry = tree.get(entry.linkName);
  }
  return entry;
}

/** The content of an entry when it is at hand and at most `limit` bytes. */
export async function contentOf(entry: Entry, limit: number): Promise<Buffer | undefined> {
  if (entry.type !== 'file' || !entry.content || entry.size > limit) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of entry.content()) parts.push(part);
  return Buffer.concat(parts);
}
