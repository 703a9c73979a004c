import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';

/**
 * What a layer holds, without the bytes of its files: enough to decide what it means, to key a cache, and to write the layer once
 * the contents are at hand. Whiteouts stand as in the archive: `.wh.NAME`, `.wh..wh..opq`.
 */
export type LayerIndex = readonly IndexEntry[];

export interface IndexEntry extends Omit<Entry, 'content'> {
  /** Files only: SHA-256 of the content, in hex. */
  readonly digest?: string;
  /**
   * The time was made by the build (a file of the context, what a step wrote while it ran): it says nothing of the content. In the
   * image it becomes the build's epoch, unless time stamps are kept.
   */
  readonly made?: boolean;
}

/**
 * Names what a layer holds. Two layers of the same name unpack to the same, but for times that the build made; with `times`, these
 * too.
 * @returns hex of a SHA-256
 */
export function indexDigest(index: LayerIndex, { times = false }: { readonly times?: boolean } = {}): string {
  const hash = createHash('sha256');
  let text = '';
  for (const entry of index) {
    text += JSON.stringify([
      entry.path,
      entry.type,
      entry.mode,
      entry.uid,
      entry.gid,
      entry.made && !times ? null : entry.mtime,
      entry.size,
      entry.digest ?? null,
      entry.linkName ?? null,
      entry.major ?? null,
      entry.minor ?? null,
      entry.xattrs ? attributesOf(entry.xattrs) : [],
    ]);
    if (text.length < batch) continue;
    hash.update(text);
    text = '';
  }
  return hash.update(text).digest('hex');
}

/** Characters hashed at a time: a call costs as much as a few hundred of them. */
const batch = 16 * 1024;

function attributesOf(xattrs: NonNullable<Entry['xattrs']>): string[][] {
  return Object.entries(xattrs)
    .map(([name, value]) => [name, Buffer.from(value).toString('base64')])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}
