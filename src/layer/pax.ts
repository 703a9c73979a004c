import { ToolError } from '../core/errors.ts';
import { decodeName, encodeName } from './names.ts';

/** Records of a PAX extended header by keyword; values are bytes, as extended attributes may hold anything. */
export type PaxRecords = Map<string, Uint8Array>;

/** Writes records as `LENGTH KEYWORD=VALUE\n`, sorted by keyword; LENGTH counts the whole record, itself included. */
export function formatPax(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [keyword, value] of [...records].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = encodeName(keyword);
    const rest = key.length + value.length + 3; // the space, the equals sign, the newline
    let length = rest + String(rest).length;
    if (String(length).length > String(rest).length) length = rest + String(length).length;
    parts.push(Buffer.from(`${length} `), key, Buffer.from('='), value, Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** Reads the records of one extended header, in order; a later record of the same keyword wins. @throws ToolError IMAGE_INVALID */
export function parsePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits =
      space === -1 || space - at > 8 ? '' : Buffer.from(bytes.subarray(at, space)).toString('latin1');
    if (!/^[1-9]\d*$/.test(digits)) throw broken('a record has no length');
    const end = at + Number(digits);
    if (end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a)
      throw broken('a record has a wrong length');
    const body = bytes.subarray(space + 1, end - 1);
    const equals = body.indexOf(0x3d);
    if (equals <= 0) throw broken('a record has no keyword');
    const keyword = decodeName(body.subarray(0, equals));
    if (keyword.includes('\0')) throw broken('a keyword holds a NUL byte');
    records.set(keyword, body.slice(equals + 1));
    at = end;
  }
  return records;
}

/** A PAX number: decimal, with a fraction and a minus only where `time` allows it. @throws ToolError IMAGE_INVALID */
export function paxNumber(keyword: string, value: Uint8Array, time = false): number {
  const text = Buffer.from(value.subarray(0, 64)).toString('latin1');
  const form = time ? /^-?\d+(?:\.\d*)?$/ : /^\d+$/;
  const number = value.length <= 64 && form.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw broken(`${keyword} is ${JSON.stringify(text)}, which is no number it can be`);
  }
  return number;
}

function broken(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `a PAX header of the tar archive is broken: ${what}`, {
    hint: 'The archive is damaged or was made wrong; fetch or make it again.',
  });
}
