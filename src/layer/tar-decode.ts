import { ToolError } from '../core/errors.ts';
import type { Entry, EntryType } from './entry.ts';
import { decodeName } from './names.ts';
import { paxNumber } from './pax.ts';
import type { PaxRecords } from './pax.ts';
import { safeLinkText, safePath } from './safe-path.ts';
import { checksumOf, fields, typeFlags, xattrPrefix } from './tar-format.ts';

/** A header block as it stands, before extensions are applied. */
export interface Header {
  /** The type flag; '0' for the NUL of old tars. */
  readonly type: string;
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** @throws ToolError IMAGE_INVALID when the checksum or a number is wrong */
export function decodeHeader(block: Uint8Array): Header {
  const sum = number(block, 'checksum');
  if (sum !== checksumOf(block) && sum !== checksumOf(block, true))
    throw broken('a header with a wrong checksum');
  const ustar = Buffer.from(block.subarray(257, 262)).toString('latin1') === 'ustar';
  const gnu = ustar && block[262] === 0x20;
  const flag = String.fromCharCode(block[fields.type[0]] ?? 0);
  const name = text(block, 'name');
  const prefix = ustar && !gnu ? text(block, 'prefix') : new Uint8Array(0);
  const size = number(block, 'size');
  if (size < 0) throw broken('an entry of negative size');
  return {
    type: flag === '\0' || flag === '7' ? '0' : flag,
    name: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name,
    linkName: text(block, 'linkName'),
    mode: number(block, 'mode'),
    uid: number(block, 'uid'),
    gid: number(block, 'gid'),
    size,
    mtime: number(block, 'mtime'),
    major: ustar ? number(block, 'major') : 0,
    minor: ustar ? number(block, 'minor') : 0,
  };
}

const entryTypes = new Map(Object.entries(typeFlags).map(([type, flag]) => [flag, type as EntryType]));

/** The entry that a header and the PAX records before it make. `contentSize`: the bytes that follow, whatever the type. */
export function entryOf(header: Header, records: PaxRecords): { entry: Entry; contentSize: number } {
  for (const keyword of records.keys()) {
    if (keyword.startsWith('GNU.sparse.')) throw broken('a sparse file, which images do not have');
  }
  const rawName = decodeName(records.get('path') ?? header.name);
  const type = header.type === '0' && rawName.endsWith('/') ? 'directory' : entryTypes.get(header.type);
  if (!type) throw broken(`an entry of the type ${JSON.stringify(header.type)}, which images do not have`);
  const given = (keyword: string, field: number, time = false): number => {
    const value = records.get(keyword);
    return value === undefined ? field : paxNumber(keyword, value, time);
  };
  const contentSize = given('size', header.size);
  const xattrs = [...records]
    .filter(([key]) => key.startsWith(xattrPrefix))
    .map(([key, value]) => [key.slice(xattrPrefix.length), value]);
  const rawLink = decodeName(records.get('linkpath') ?? header.linkName);
  const entry: Entry = {
    path: safePath(rawName, 'entry'),
    type,
    mode: header.mode & 0o7777,
    uid: owner('uid', given('uid', header.uid)),
    gid: owner('gid', given('gid', header.gid)),
    mtime: given('mtime', header.mtime, true),
    size: type === 'file' ? contentSize : 0,
    ...(type === 'symlink' ? { linkName: safeLinkText(rawLink) } : {}),
    ...(type === 'hardlink' ? { linkName: safePath(rawLink, 'hard link target') } : {}),
    ...(type === 'char' || type === 'block' ? { major: header.major, minor: header.minor } : {}),
    ...(xattrs.length > 0 ? { xattrs: Object.fromEntries(xattrs) as Record<string, Uint8Array> } : {}),
  };
  // Links have no content, but some tars write the target's size into their headers.
  return {
    entry,
    contentSize:
      type === 'file'
        ? contentSize
        : type === 'hardlink' || type === 'symlink' || type === 'directory'
          ? 0
          : contentSize,
  };
}

function owner(what: string, id: number): number {
  if (id >= 0 && id <= 0xffff_ffff) return id;
  throw broken(`an entry whose ${what} is ${id}`);
}

function text(block: Uint8Array, field: keyof typeof fields): Uint8Array {
  const [at, length] = fields[field];
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.slice(0, end === -1 ? length : end);
}

/** Octal digits with blanks and NULs around them, or GNU's base-256: the high bit, then a big-endian two's complement number. */
function number(block: Uint8Array, field: keyof typeof fields): number {
  const [at, length] = fields[field];
  const bytes = block.subarray(at, at + length);
  const first = bytes[0] ?? 0;
  if (first & 0x80) return base256(bytes, first);
  const digits = Buffer.from(bytes)
    .toString('latin1')
    .replace(/\0[\s\S]*$/, '')
    .trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw broken(`a header whose ${field} is ${JSON.stringify(digits)}`);
  const value = Number.parseInt(digits, 8);
  if (!Number.isSafeInteger(value)) throw broken(`a header whose ${field} is out of range`);
  return value;
}

function base256(bytes: Uint8Array, first: number): number {
  const negative = (first & 0x40) !== 0;
  let value = BigInt(negative ? first | ~0xff : first & 0x7f);
  for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
  const small = Number(value);
  if (!Number.isSafeInteger(small)) throw broken('a header with a number out of range');
  return small;
}

function broken(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `the tar archive has ${what}`, {
    hint: 'The archive is damaged or was made wrong; fetch or make it again.',
  });
}
