import { createHash } from 'node:crypto';
import type { Tree, TreeEntry } from '../../../src/snapshot/types.ts';

/** A file by its text, a directory by `null`, a link by `-> where`; or all of an entry. */
export type Spec = string | null | (Partial<TreeEntry> & { readonly text?: string });

/** A tree from names, as a context or a stack of layers would show it. Missing parents are directories. */
export function memoryTree(files: Readonly<Record<string, Spec>>): Tree & { readonly reads: string[] } {
  const texts = new Map<string, string>();
  const entries = new Map<string, TreeEntry>();
  const add = (path: string, spec: Spec): void => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (!entries.has(path.slice(0, at))) entries.set(path.slice(0, at), entryOf(path.slice(0, at), null));
    const entry = entryOf(path, spec);
    entries.set(path, entry);
    if (entry.type === 'file') texts.set(path, textOf(spec));
  };
  for (const [path, spec] of Object.entries(files)) add(path, spec);
  const reads: string[] = [];
  return {
    reads,
    entry: async (path) => entries.get(path),
    list: async (directory) =>
      [...entries.values()]
        .filter(({ path }) => path !== '' && parent(path) === directory)
        .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    digest: async ({ path }) => {
      reads.push(path);
      return createHash('sha256')
        .update(texts.get(path) ?? '')
        .digest('hex');
    },
    open: async function* ({ path }) {
      yield Buffer.from(texts.get(path) ?? '');
    },
  };
}

function textOf(spec: Spec): string {
  return typeof spec === 'string' ? spec : (spec?.text ?? '');
}

function entryOf(path: string, spec: Spec): TreeEntry {
  const base = { path, mode: 0o755, uid: 0, gid: 0, mtime: 1, size: 0 };
  if (spec === null) return { ...base, type: 'directory' };
  if (typeof spec === 'string' && spec.startsWith('-> '))
    return { ...base, type: 'symlink', mode: 0o777, linkName: spec.slice(3) };
  const { text: _text, ...given } = typeof spec === 'string' ? {} : spec;
  return {
    ...base,
    type: 'file',
    mode: 0o644,
    size: Buffer.byteLength(textOf(spec)),
    ...given,
  };
}

function parent(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
