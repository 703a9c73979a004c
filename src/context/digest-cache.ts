/**
 * Digests of a context's files by their metadata, from build to build. One record for each root, read when the first digest is asked for;
 * of its directories only those are unfolded that are asked for.
 */
import { createHash } from 'node:crypto';
import type { KeyValue } from '../store/cache.ts';
import { baseOf, parentOf } from '../layer/safe-path.ts';

export interface DigestCache {
  /** SHA-256 in hex, when it is known for a file of this key. */
  get(path: string, key: string): string | undefined;
  set(path: string, key: string, digest: string): void;
  /** Writes the record if it has something new. `gone` says of a file of a listed directory that it is not there any more. */
  save(gone: (path: string) => boolean): Promise<void>;
}

/** A directory: its path, and names, keys and digests (base64url), in the same order, each joined to one string. */
type Folder = readonly [directory: string, names: string, keys: string, digests: string];

const bucket = 'contexts';
/** Files of directories that this build did not look at, whose digests are kept on. */
const mostOthers = 200_000;

export async function loadDigests(cache: KeyValue, root: string): Promise<DigestCache> {
  const name = createHash('sha256').update(root).digest('hex');
  const stored = await cache.get<readonly Folder[]>(bucket, name);
  const folded = new Map((stored ?? []).map((folder) => [folder[0], folder]));
  const open = new Map<string, Map<string, readonly [key: string, digest: string]>>();
  let news = false;
  const unfold = (directory: string): Map<string, readonly [string, string]> => {
    const known = open.get(directory);
    if (known) return known;
    const [, names = '', keys = '', digests = ''] = folded.get(directory) ?? [];
    const [keyList, digestList] = [keys.split(' '), digests.split(' ')];
    const files = new Map(
      (names === '' ? [] : names.split('/')).map((file, index) => [
        file,
        [keyList[index] ?? '', digestList[index] ?? ''] as const,
      ]),
    );
    open.set(directory, files);
    return files;
  };
  return {
    get: (path, key) => {
      const found = unfold(parentOf(path)).get(baseOf(path));
      return found?.[0] === key ? Buffer.from(found[1], 'base64url').toString('hex') : undefined;
    },
    set: (path, key, digest) => {
      news = true;
      unfold(parentOf(path)).set(baseOf(path), [key, Buffer.from(digest, 'hex').toString('base64url')]);
    },
    save: async (gone) => {
      if (!news) return;
      const folders: Folder[] = [];
      for (const [directory, files] of open) {
        const kept = [...files].filter(([file]) => !gone(directory === '' ? file : `${directory}/${file}`));
        if (kept.length === 0) continue;
        folders.push([
          directory,
          kept.map(([file]) => file).join('/'),
          kept.map(([, [key]]) => key).join(' '),
          kept.map(([, [, digest]]) => digest).join(' '),
        ]);
      }
      let others = 0;
      for (const [directory, folder] of folded) {
        if (open.has(directory)) continue;
        others += folder[1].split('/').length;
        if (others > mostOthers) break;
        folders.push(folder);
      }
      await cache.set(bucket, name, folders);
      news = false;
    },
  };
}
