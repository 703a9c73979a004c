import { entryTypes } from './entry.ts';
import type { EntryType } from './entry.ts';

/**
 * The tar format's facts that writer and reader share: POSIX.1-1988 USTAR with the POSIX.1-2001 PAX extensions
 * (pax(1), "pax Interchange Format" and "ustar Interchange Format").
 */

/** Headers and contents come in blocks of this many bytes. */
export const blockSize = 512;

/** Where the header's fields are: offset and length in bytes. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [number, number]>;

/** The type flag of each entry type. */
export const typeFlags: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** The entry type of each type flag. */
export const flagTypes: ReadonlyMap<string, EntryType> = new Map(
  entryTypes.map((type) => [typeFlags[type], type]),
);

/** The PAX keyword of an extended attribute is this and its name; its value is the attribute's bytes. */
export const xattrPrefix = 'SCHILY.xattr.';

/** The bytes that follow `size` bytes of content up to the next block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The sum of a header's bytes with its checksum field taken as spaces; `signed` as some historic tars counted. */
export function checksumOf(header: Uint8Array, signed = false): number {
  const [at, length] = fields.checksum;
  let sum = 0x20 * length;
  for (let i = 0; i < blockSize; i++) sum += header[i] ?? 0;
  for (let i = at; i < at + length; i++) sum -= header[i] ?? 0;
  if (!signed) return sum;
  for (let i = 0; i < blockSize; i++) if ((header[i] ?? 0) > 127 && (i < at || i >= at + length)) sum -= 256;
  return sum;
}
