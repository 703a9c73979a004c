import { isUtf8 } from 'node:buffer';

/**
 * The text of a Dockerfile's bytes by the scheme of `decodeName` (layer/names.ts): what is no UTF-8 becomes lone surrogates, so that
 * nothing is lost and a file may have any name. This one also stays linear and quick for a megabyte of bytes that are no UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  const parts: string[] = [];
  for (let at = 0; at < buffer.length;) {
    const run = validRun(buffer, at);
    if (run > at) parts.push(buffer.toString('utf8', at, run));
    at = run;
    if (at < buffer.length) parts.push(String.fromCharCode(0xdc00 + (buffer[at++] ?? 0)));
  }
  return parts.join('');
}

/** The bytes that `decodeText` made the text of. A surrogate that stands for no byte becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Uint8Array[] = [];
  // Split with a group keeps what stood between: every second part is a row of lone surrogates.
  for (const [index, part] of text.split(/((?<![\ud800-\udbff])[\udc80-\udcff]+)/).entries()) {
    if (index % 2 === 0) parts.push(Buffer.from(part, 'utf8'));
    // The low byte of U+DC80 + n is the byte itself.
    else parts.push(Buffer.from(part, 'latin1'));
  }
  return Buffer.concat(parts);
}

/** Where the valid UTF-8 that begins at `at` ends. */
function validRun(bytes: Uint8Array, at: number): number {
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) break;
    at += length;
  }
  return at;
}

/** The length of the well-formed sequence at `at` (Unicode, table 3-7), 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0) return 0;
  const second = bytes[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
