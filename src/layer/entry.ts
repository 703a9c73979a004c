/**
 * layer/ is file systems as bytes: tar entries, tar archives, compression, what a stack of layers amounts to, and unpacking.
 * It must not know where blobs are kept, what an image says about itself, or anything of Go.
 */
import type { Bytes } from '../oci/image.ts';

/** What an entry is. `hardlink` names another entry of the same archive, or of the layers below. */
export type EntryType = (typeof entryTypes)[number];
export const entryTypes = ['file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo'] as const;

/** One entry of a layer. */
export interface Entry {
  /**
   * Relative and '/'-separated, no leading or trailing slash, no `.` or `..`; empty for the root directory itself. Bytes that are not
   * UTF-8 stand as lone surrogates (see names.ts), so that every name comes out as it came in.
   */
  readonly path: string;
  readonly type: EntryType;
  /** The 12 permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the Unix epoch; may have a fraction and may be negative. */
  readonly mtime: number;
  /** Bytes; 0 for everything but files. */
  readonly size: number;
  /** Of a symlink: its text, anything. Of a hardlink: a path as `path` is. */
  readonly linkName?: string;
  /** Device numbers of `char` and `block`. */
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /**
   * Files only; exactly `size` bytes. An entry that came out of a stream (`readTar`) gives its content once, before the next entry
   * is asked for.
   */
  readonly content?: () => Bytes;
}
