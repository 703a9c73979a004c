/** A tar reader and writer of the parity tests' own, so that what Coracle writes is not judged by Coracle's reader. */

/** Names and link targets as a string of bytes (latin1), so that any name is itself. */
export interface TarEntry {
  readonly name: string;
  /** The type flag: 0 file, 1 hard link, 2 symlink, 3 char, 4 block, 5 directory, 6 fifo. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds, perhaps with a fraction. */
  readonly mtime: number;
  readonly link: string;
  readonly major: number;
  readonly minor: number;
  readonly content: Buffer;
  readonly xattrs: Readonly<Record<string, Buffer>>;
}

const block = 512;

export function* readTar(tar: Buffer): Generator<TarEntry> {
  let offset = 0;
  let pax = new Map<string, Buffer>();
  let longName: string | undefined;
  let longLink: string | undefined;
  while (offset + block <= tar.length) {
    const header = tar.subarray(offset, offset + block);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header, offset);
    const size = Number(pax.get('size')?.toString() ?? number(header, 124, 12));
    const body = tar.subarray(offset + block, offset + block + size);
    if (body.length !== size) throw new Error('tar: cut short');
    offset += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] ?? 0).replace('\0', '0');
    if (type === 'x') {
      pax = records(body);
    } else if (type === 'L') {
      longName = text(body);
    } else if (type === 'K') {
      longLink = text(body);
    } else {
      const prefix = header.subarray(257, 262).toString() === 'ustar' ? text(header.subarray(345, 500)) : '';
      const short = text(header.subarray(0, 100));
      yield {
        name:
          pax.get('path')?.toString('latin1') ?? longName ?? (prefix === '' ? short : `${prefix}/${short}`),
        type,
        mode: number(header, 100, 8),
        uid: Number(pax.get('uid')?.toString() ?? number(header, 108, 8)),
        gid: Number(pax.get('gid')?.toString() ?? number(header, 116, 8)),
        mtime: Number(pax.get('mtime')?.toString() ?? number(header, 136, 12)),
        link: pax.get('linkpath')?.toString('latin1') ?? longLink ?? text(header.subarray(157, 257)),
        major: number(header, 329, 8),
        minor: number(header, 337, 8),
        content: type === '0' ? body : Buffer.alloc(0),
        xattrs: Object.fromEntries(
          [...pax]
            .filter(([key]) => key.startsWith('SCHILY.xattr.'))
            .map(([key, value]) => [key.slice('SCHILY.xattr.'.length), value]),
        ),
      };
      pax = new Map();
      longName = undefined;
      longLink = undefined;
    }
  }
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? undefined : end).toString('latin1');
}

function number(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first < 0x80) return parseInt(text(field).trim() || '0', 8);
  // GNU's base 256: two's complement, 0x80 marks it.
  let value = first === 0xff ? -1 : first & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

function checkSum(header: Buffer, offset: number): void {
  const said = number(header, 148, 8);
  let sum = 8 * 32;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  if (sum !== said) throw new Error(`tar: the header at ${offset} has a wrong checksum`);
}

function records(body: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space));
    const equals = body.indexOf(0x3d, space);
    if (!(length > 0) || equals === -1) throw new Error('tar: a PAX record that is none');
    found.set(body.toString('latin1', space + 1, equals), body.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return found;
}

/** An archive of these entries, in their order. What stands in no header goes to PAX records. */
export function writeTar(entries: Iterable<Partial<TarEntry> & { readonly name: string }>): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const { name, type = '0', link = '', mtime = 0, content = Buffer.alloc(0), xattrs = {} } = entry;
    const extra = Object.entries(xattrs).map(([key, value]) => paxRecord(`SCHILY.xattr.${key}`, value));
    if (Buffer.byteLength(name, 'latin1') > 100) extra.push(paxRecord('path', Buffer.from(name, 'latin1')));
    if (Buffer.byteLength(link, 'latin1') > 100)
      extra.push(paxRecord('linkpath', Buffer.from(link, 'latin1')));
    if (mtime < 0 || !Number.isInteger(mtime)) extra.push(paxRecord('mtime', Buffer.from(String(mtime))));
    if (extra.length > 0) {
      const body = Buffer.concat(extra);
      parts.push(header({ name: 'PaxHeaders/x', type: 'x' }, body.length), padded(body));
    }
    parts.push(header({ ...entry, type }, content.length), padded(content));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc(-body.length & (block - 1))]);
}

function header(entry: Partial<TarEntry> & { readonly name: string }, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void => {
    bytes.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  };
  bytes.write(entry.name.slice(0, 100), 0, 'latin1');
  octal(entry.mode ?? 0o644, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, Math.floor(entry.mtime ?? 0)), 136, 12);
  bytes.write(entry.type ?? '0', 156);
  bytes.write((entry.link ?? '').slice(0, 100), 157, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(entry.major ?? 0, 329, 8);
  octal(entry.minor ?? 0, 337, 8);
  bytes.fill(0x20, 148, 156);
  bytes.write(
    `${bytes
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return bytes;
}
