import { isUtf8 } from 'node:buffer';

/**
 * The text of a Dockerfile's bytes by the scheme of `decodeName` (layer/names.ts): what is no UTF-8 becomes lone surrogates, so that
 * nothing is lost and a file may have any name. This one is also quick for a megabyte of bytes that are no UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // No byte becomes more than one unit.
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = sequenceLength(bytes, at);
    if (length <= 1) units[count++] = length === 1 ? first : 0xdc00 + first;
    else {
      let point = first & (0x7f >> length);
      for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] ?? 0) & 0x3f);
      if (point >= 0x10000) {
        units[count++] = 0xd800 + ((point - 0x10000) >> 10);
        point = 0xdc00 + ((point - 0x10000) & 0x3ff);
      }
      units[count++] = point;
    }
    at += length || 1;
  }
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/** The bytes that `decodeText` made the text of. A surrogate that stands for no byte becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Uint8Array[] = [];
  // Split with a group keeps what stood between: every second part is a row of lone surrogates.
  for (const [index, part] of text.split(/((?<![\ud800-\udbff])[\udc80-\udcff]+)/).entries()) {
    // The low byte of U+DC00 + n is the byte itself, which is what latin1 takes.
    parts.push(Buffer.from(part, index % 2 === 0 ? 'utf8' : 'latin1'));
  }
  return Buffer.concat(parts);
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
