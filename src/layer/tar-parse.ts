import { ToolError } from '../core/errors.ts';
import { decodeName } from './names.ts';
import { checksumOf, fields } from './tar-format.ts';

/** What one header block says, before any extended header is taken into account. Its names are views of the block. */
export interface RawHeader {
  readonly type: string;
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/**
 * Reads a header block: USTAR, GNU, star's and the one before them all.
 * @throws ToolError IMAGE_INVALID when its checksum or a number in it is wrong
 */
export function parseHeader(block: Uint8Array): RawHeader {
  const sum = number(block, 'checksum');
  if (sum !== checksumOf(block) && sum !== checksumOf(block, true))
    throw invalid('a header has a wrong checksum');
  const ustar = hasText(block, fields.magic[0], 'ustar\0');
  const known = ustar || hasText(block, fields.magic[0], 'ustar ');
  const type = String.fromCharCode(block[fields.type[0]] ?? 0);
  const device = known && (type === '3' || type === '4');
  return {
    type: type === '\0' || type === '7' ? '0' : type,
    name: fullName(block, ustar),
    linkName: text(block, fields.linkName),
    // Some writers keep the file type above the twelve bits of the permissions.
    mode: number(block, 'mode') & 0o7777,
    uid: number(block, 'uid'),
    gid: number(block, 'gid'),
    size: number(block, 'size'),
    mtime: number(block, 'mtime', true),
    major: device ? number(block, 'major') : 0,
    minor: device ? number(block, 'minor') : 0,
  };
}

/** A tar archive that is not one, with what is wrong in it. */
export function invalid(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `the tar archive is damaged: ${what}`, {
    hint: 'Make or fetch it again; if it stays so, the tool that made it writes no sound archives.',
  });
}

/** The name with its prefix, which only USTAR has there: GNU keeps times in those bytes, star has them after a shorter prefix. */
function fullName(block: Uint8Array, ustar: boolean): Uint8Array {
  const name = text(block, fields.name);
  if (!ustar) return name;
  const [at, length] = fields.prefix;
  if (block[at] === 0) return name;
  const star = hasText(block, 508, 'tar\0');
  const prefix = text(block, [at, star ? 131 : length]);
  return Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** A number field: octal digits between spaces and NULs, or, with its first bit set, base 256 in two's complement (GNU). */
function number(block: Uint8Array, field: keyof typeof fields, negative = false): number {
  const [at, length] = fields[field];
  const wide = ((block[at] ?? 0) & 0x80) !== 0;
  const value = wide ? base256(block.subarray(at, at + length)) : octal(block, at, at + length);
  if (value === undefined || (value < 0 && !negative)) {
    throw invalid(`the ${field} of an entry is no number it can be`);
  }
  return value;
}

/** Spaces and NULs, digits, then nothing or a space or NUL and anything. Without a string, as an archive has a million of them. */
function octal(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  while (at < to && isBlank(bytes[at])) at++;
  let value = 0;
  for (; at < to && !isBlank(bytes[at]); at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0;
}

function base256(bytes: Uint8Array): number | undefined {
  const first = bytes[0] ?? 0;
  let value = BigInt((first & 0x40) === 0 ? first & 0x7f : (first & 0xff) - 256);
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function text(block: Uint8Array, [at, length]: readonly [number, number]): Uint8Array {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return end === at ? nothing : block.subarray(at, end);
}

const nothing = new Uint8Array(0);

function hasText(block: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++)
    if (block[at + index] !== wanted.charCodeAt(index)) return false;
  return true;
}

/** The body of a GNU long name or long link: a name and the NUL that ends it. */
export function gnuName(body: Uint8Array): string {
  const end = body.indexOf(0);
  return decodeName(end === -1 ? body : body.subarray(0, end));
}
