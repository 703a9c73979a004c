import { ToolError } from '../core/errors.ts';
import type { Entry } from './entry.ts';
import { encodeName } from './names.ts';
import { formatPax } from './pax.ts';
import { blockSize, checksumOf, fields, paddingOf, typeFlags, xattrPrefix } from './tar-format.ts';

/**
 * The header blocks of one entry: one USTAR block when everything fits it, a PAX extended header before it when something does
 * not. Nothing in them depends on anything but the entry; owners have numbers only, as names mean nothing outside their machine.
 */
export function encodeHeader(entry: Entry): Uint8Array {
  const records = new Map<string, Uint8Array>();
  const header = Buffer.from(blank);
  const text = entry.type === 'directory' ? `${entry.path || '.'}/` : entry.path;
  const [, longest] = fields.name;
  if (text.length <= longest && ascii.test(text)) header.write(text, fields.name[0], 'latin1');
  else putName(header, encodeName(text), records);
  if (entry.linkName !== undefined) {
    const link = encodeName(entry.linkName);
    if (link.length > fields.linkName[1] || !isAscii(link)) records.set('linkpath', link);
    putText(header, fields.linkName, asAscii(link));
  }
  putOctal(header, fields.mode, entry.mode);
  putNumber(header, fields.uid, entry.uid, 'uid', records);
  putNumber(header, fields.gid, entry.gid, 'gid', records);
  putNumber(header, fields.size, entry.size, 'size', records);
  putNumber(header, fields.mtime, entry.mtime, 'mtime', records);
  if (entry.type === 'char' || entry.type === 'block') {
    putOctal(header, fields.major, entry.major ?? 0);
    putOctal(header, fields.minor, entry.minor ?? 0);
  }
  for (const [attribute, value] of Object.entries(entry.xattrs ?? {}))
    records.set(xattrKeyword(attribute), value);
  seal(header, typeFlags[entry.type]);
  return records.size === 0 ? header : Buffer.concat([encodePax(records), header]);
}

/** A name that does not simply fit. */
function putName(header: Buffer, name: Uint8Array, records: Map<string, Uint8Array>): void {
  const split = splitName(name);
  if (!split) records.set('path', name);
  putText(header, fields.name, split ? split.name : asAscii(name));
  if (split) putText(header, fields.prefix, split.prefix);
}

/** A PAX extended header as blocks. Its own header says nothing of the entry, as readers ignore it. */
function encodePax(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const body = formatPax(records);
  const header = Buffer.from(blank);
  putText(header, fields.name, Buffer.from('PaxHeaders/entry'));
  putOctal(header, fields.mode, 0o644);
  putOctal(header, fields.uid, 0);
  putOctal(header, fields.gid, 0);
  putOctal(header, fields.size, body.length);
  putOctal(header, fields.mtime, 0);
  seal(header, 'x');
  return Buffer.concat([header, body, Buffer.alloc(paddingOf(body.length))]);
}

/** What all headers have. */
const blank = Buffer.alloc(blockSize);
blank.write('ustar\0', fields.magic[0], 'latin1');
blank.write('00', fields.version[0], 'latin1');

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\0-\x7f]*$/;

function seal(header: Buffer, type: string): void {
  header[fields.type[0]] = type.charCodeAt(0);
  // Six digits, a NUL and a space: the one field with a form of its own.
  const [at] = fields.checksum;
  putDigits(header, at, 6, checksumOf(header));
  header[at + 7] = 0x20;
}

/** A name of up to 100 bytes, or one that a slash cuts into a prefix of up to 155 and a rest of up to 100; ASCII only. */
function splitName(name: Uint8Array): { prefix: Uint8Array; name: Uint8Array } | undefined {
  if (!isAscii(name)) return undefined;
  const [, longest] = fields.name;
  if (name.length <= longest) return { prefix: new Uint8Array(0), name };
  // The slash that closes a directory's name stays with it: the rest must not be empty.
  const slash = name.indexOf(0x2f, name.length - longest - 1);
  if (slash <= 0 || slash > fields.prefix[1] || slash >= name.length - 1) return undefined;
  return { prefix: name.subarray(0, slash), name: name.subarray(slash + 1) };
}

/** A number into its octal field when it fits, else into a PAX record. */
function putNumber(
  header: Buffer,
  field: readonly [number, number],
  value: number,
  keyword: string,
  records: Map<string, Uint8Array>,
): void {
  const fits = Number.isInteger(value) && value >= 0 && value < 8 ** (field[1] - 1);
  if (!fits) records.set(keyword, Buffer.from(decimal(value)));
  putOctal(header, field, fits ? value : 0);
}

/** Decimal digits that read back as the same number; below the nanosecond nothing is kept, as no file system does. */
function decimal(value: number): string {
  const shortest = String(value);
  return shortest.includes('e') ? value.toFixed(9) : shortest;
}

function putOctal(header: Buffer, [at, length]: readonly [number, number], value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || putDigits(header, at, length - 1, value) !== 0)
    throw new ToolError('INTERNAL', `${value} does not fit a field of a tar header`);
}

/** Octal digits; gives what is left of the value. */
function putDigits(header: Buffer, at: number, count: number, value: number): number {
  let rest = value;
  for (let place = at + count - 1; place >= at; place--) {
    header[place] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
  return rest;
}

function putText(header: Buffer, [at, length]: readonly [number, number], bytes: Uint8Array): void {
  header.set(bytes.subarray(0, length), at);
}

function xattrKeyword(name: string): string {
  if (name === '' || /[=\0]/.test(name)) {
    throw new ToolError('INTERNAL', `an extended attribute cannot have the name ${JSON.stringify(name)}`);
  }
  return xattrPrefix + name;
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** What readers without PAX see of a name that PAX carries. */
function asAscii(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte < 0x80 ? byte : 0x5f));
}
