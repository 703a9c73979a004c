import type { Entry } from '../../layer/entry.ts';

/** Owner of an entry. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const root: Owner = { uid: 0, gid: 0 };

/** `mtime` in seconds since the epoch. */
export function fileEntry(path: string, content: Uint8Array | string, mtime: number): Entry {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return {
    path,
    type: 'file',
    mode: 0o644,
    ...root,
    mtime,
    size: bytes.length,
    content: async function* whole() {
      yield bytes;
    },
  };
}

export function directoryEntry(path: string, mode: number, owner: Owner, mtime: number): Entry {
  return { path, type: 'directory', mode, ...owner, mtime, size: 0 };
}

/** `target`: the path of an entry that comes earlier. */
export function hardLinkEntry(path: string, target: string, mtime: number): Entry {
  return { path, type: 'hardlink', mode: 0o644, ...root, mtime, size: 0, linkName: target };
}
