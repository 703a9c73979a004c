import type { BaseTree } from '../../src/base/tree.ts';
import { directoryEntry, fileEntry, hardLinkEntry, root } from '../../src/base/parts/entry.ts';
import type { Entry } from '../../src/layer/entry.ts';

/**
 * A tree from a table: `path` with its content, `path -> text` for a symbolic link, `path => target` for a hard link. Directories come
 * by themselves.
 */
export function tree(files: Readonly<Record<string, string | Uint8Array>>): BaseTree {
  const entries = new Map<string, Entry>();
  for (const [line, content] of Object.entries(files)) {
    const [, path = '', kind, target = ''] = /^(.*?)(?: (->|=>) (.*))?$/.exec(line) ?? [];
    if (kind === '->')
      entries.set(path, { path, type: 'symlink', mode: 0o777, ...root, mtime: 0, size: 0, linkName: target });
    else if (kind === '=>') entries.set(path, hardLinkEntry(path, target, 0));
    else entries.set(path, fileEntry(path, content, 0));
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const above = parts.slice(0, index + 1).join('/');
      entries.set(above, directoryEntry(above, 0o755, root, 0));
    });
  }
  return entries;
}
