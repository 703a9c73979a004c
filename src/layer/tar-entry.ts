import { ToolError } from '../core/errors.ts';
import type { Entry, EntryType } from './entry.ts';
import { decodeName } from './names.ts';
import { paxNumber } from './pax.ts';
import type { PaxRecords } from './pax.ts';
import { safeLinkText, safePath } from './safe-path.ts';
import { flagTypes, xattrPrefix } from './tar-format.ts';
import { invalid } from './tar-parse.ts';
import type { RawHeader } from './tar-parse.ts';

/** What extended headers said about the entry that comes next. */
export interface Extended {
  readonly pax: PaxRecords;
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
}

/**
 * The entry that a header and the extended headers before it describe, without its content. PAX goes before GNU, GNU before USTAR.
 * @throws ToolError ARCHIVE_UNSAFE for a path that leaves the root, IMAGE_INVALID, UNSUPPORTED for sparse files and unknown types
 */
export function toEntry(raw: RawHeader, { pax, longName, longLink }: Extended): Entry {
  refuseSparse(raw, pax);
  const name = textOf(pax, 'path') ?? longName ?? decodeName(raw.name);
  const type = typeOf(raw.type, name);
  const path = safePath(belowRoot(name), 'entry');
  if (path === '' && type !== 'directory') throw invalid('its root is not a directory');
  const link = textOf(pax, 'linkpath') ?? longLink ?? decodeName(raw.linkName);
  const xattrs = xattrsOf(pax);
  return {
    path,
    type,
    mode: raw.mode,
    uid: numberOf(pax, 'uid') ?? raw.uid,
    gid: numberOf(pax, 'gid') ?? raw.gid,
    mtime: numberOf(pax, 'mtime', true) ?? raw.mtime,
    size: type === 'file' ? (numberOf(pax, 'size') ?? raw.size) : 0,
    ...(type === 'symlink' && { linkName: safeLinkText(link) }),
    ...(type === 'hardlink' && { linkName: hardLinkTarget(link) }),
    ...((type === 'char' || type === 'block') && { major: raw.major, minor: raw.minor }),
    ...(xattrs && { xattrs }),
  };
}

function typeOf(flag: string, name: string): EntryType {
  const type = flagTypes.get(flag);
  // Before USTAR a directory was a file whose name ends in a slash.
  if (type === 'file' && name.endsWith('/')) return 'directory';
  if (type) return type;
  throw new ToolError(
    'UNSUPPORTED',
    `the tar archive holds an entry of type ${JSON.stringify(flag)}, which no layer has: ${JSON.stringify(name.slice(0, 200))}`,
    {
      hint: 'Make the archive again with --format=posix.',
    },
  );
}

/** ko writes `/ko-app/server`. Every reader takes an absolute name as one below the root, so that no two see different images. */
function belowRoot(name: string): string {
  return name.startsWith('/') ? `.${name}` : name;
}

/** The target of a hard link: a file below the root, as the entry itself. */
function hardLinkTarget(link: string): string {
  const target = safePath(belowRoot(link), 'hard link target');
  if (target === '') throw invalid('a hard link points to its root');
  return target;
}

function refuseSparse(raw: RawHeader, pax: PaxRecords): void {
  const sparse =
    raw.type === 'S' ||
    (pax.size > 0 && [...pax.keys()].some((keyword) => keyword.startsWith('GNU.sparse.')));
  if (!sparse) return;
  throw new ToolError(
    'UNSUPPORTED',
    `the tar archive holds a sparse file: ${JSON.stringify(decodeName(raw.name).slice(0, 200))}`,
    {
      hint: 'Make the archive again without --sparse.',
    },
  );
}

/** A PAX record that is a name; an empty one takes back what an earlier header said. */
function textOf(pax: PaxRecords, keyword: string): string | undefined {
  const value = pax.get(keyword);
  return value === undefined || value.length === 0 ? undefined : decodeName(value);
}

function numberOf(pax: PaxRecords, keyword: string, time = false): number | undefined {
  const value = pax.get(keyword);
  return value === undefined || value.length === 0 ? undefined : paxNumber(keyword, value, time);
}

function xattrsOf(pax: PaxRecords): Record<string, Uint8Array> | undefined {
  if (pax.size === 0) return undefined;
  const found = [...pax]
    .filter(([keyword]) => keyword.startsWith(xattrPrefix))
    .map(([keyword, value]) => [keyword.slice(xattrPrefix.length), value] as const);
  // fromEntries makes own properties, whatever the names are.
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
