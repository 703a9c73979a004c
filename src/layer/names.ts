import { ToolError } from '../core/errors.ts';

/**
 * Names in archives are bytes, names in TypeScript are strings. UTF-8 becomes the string it spells; each byte that is not part of
 * valid UTF-8 becomes the lone surrogate U+DC00 + byte, as in Python's PEP 383. Both directions are exact, for any bytes.
 */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeNameIn(buffer, 0, buffer.length);
}

/** `decodeName` of a part of a buffer, without a view of it. */
export function decodeNameIn(bytes: Buffer, start: number, end: number): string {
  // Several times as fast as the decoder that refuses; what it puts in place of damage is looked at again.
  const text = bytes.toString('utf8', start, end);
  return text.includes(replacement) ? decodeExactly(bytes.subarray(start, end)) : text;
}

const replacement = '\ufffd';

function decodeExactly(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

/** The bytes of a name. @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to. */
export function encodeName(name: string): Uint8Array {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8');
  const parts: Uint8Array[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(Uint8Array.of(code - 0xdc00));
    else if (character.isWellFormed()) parts.push(Buffer.from(character, 'utf8'));
    else throw new ToolError('ARCHIVE_UNSAFE', `the name ${JSON.stringify(name)} cannot be written as bytes`);
  }
  const bytes = Buffer.concat(parts);
  // Escaped bytes that spell UTF-8 together would come back as another string.
  if (decodeName(bytes) !== name) {
    throw new ToolError('ARCHIVE_UNSAFE', `the name ${JSON.stringify(name)} has two spellings as a string`);
  }
  return bytes;
}

/** Compares names by their bytes, as `LC_ALL=C sort` does: the same order everywhere. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  if (ascii.test(a) && ascii.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(encodeName(a), encodeName(b));
}

/** Sorts names as `compareNames` does; where all are ASCII, as nearly always, as JavaScript sorts them anyway. */
export function sortNames(names: readonly string[]): string[] {
  return names.every((name) => ascii.test(name)) ? names.toSorted() : names.toSorted(compareNames);
}

// oxlint-disable-next-line no-control-regex -- all of ASCII, the fast case
const ascii = /^[\0-\x7f]*$/;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeMixed(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0);
    const sequence =
      length > 0 && at + length <= bytes.length ? tryDecode(bytes.subarray(at, at + length)) : undefined;
    if (sequence === undefined) text += String.fromCharCode(0xdc00 + (bytes[at++] ?? 0));
    else {
      text += sequence;
      at += length;
    }
  }
  return text;
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes the UTF-8 sequence has that starts with `first`; 0 when none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}
