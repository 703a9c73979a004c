import fc from 'fast-check';
import type { Entry } from '../../src/layer/entry.ts';
import type { Bytes } from '../../src/oci/image.ts';
import { readTar } from '../../src/layer/tar-read.ts';
import { writeTar } from '../../src/layer/tar-write.ts';

/** A stream of `bytes` in chunks of `size`. */
export async function* inChunks(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(bytes: Bytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

export const tarOf = async (entries: Iterable<Entry>): Promise<Buffer> => collect(writeTar(entries));

/** An entry as plain data: its content read, its attributes as arrays. */
export type Plain = Omit<Entry, 'content' | 'xattrs'> & {
  content?: string;
  xattrs?: Record<string, number[]>;
};

export async function plain({ content, xattrs, ...entry }: Entry): Promise<Plain> {
  return {
    ...entry,
    ...(content && { content: (await collect(content())).toString('latin1') }),
    ...(xattrs && {
      xattrs: Object.fromEntries(Object.entries(xattrs).map(([name, value]) => [name, [...value]])),
    }),
  };
}

/** Everything a tar archive holds. */
export async function readAll(bytes: Uint8Array, chunk?: number): Promise<Plain[]> {
  const found: Plain[] = [];
  for await (const entry of readTar(inChunks(bytes, chunk))) found.push(await plain(entry));
  return found;
}

export function file(path: string, text: string | Uint8Array = '', more: Partial<Entry> = {}): Entry {
  const bytes = Buffer.from(text);
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: bytes.length,
    content: () => inChunks(bytes, 1000),
    ...more,
  };
}

export function directory(path: string, more: Partial<Entry> = {}): Entry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0, ...more };
}

export function link(type: 'symlink' | 'hardlink', path: string, linkName: string): Entry {
  return { path, type, mode: 0o777, uid: 0, gid: 0, mtime: 0, size: 0, linkName };
}

/** Bytes that gzip can do something with, always the same. */
export function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0, state = 1; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = i % 3 === 0 ? (state >>> 24) & 0x3f : 0x20 + ((i >>> 4) & 0x1f);
  }
  return bytes;
}

const name = fc
  .oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/) },
    fc.stringMatching(/^[a-z]{90,130}$/),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((text) => text.replaceAll(/[/\0]/g, 'x')),
  )
  .filter((part) => part !== '.' && part !== '..');

/** Paths in normal form: short, long, in any script. */
export const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

const owner = fc.oneof(fc.nat(70_000), fc.integer({ min: 2 ** 21 - 1, max: 2 ** 32 }));
const time = fc.oneof(
  fc.integer({ min: -1e9, max: 2e10 }),
  fc.integer({ min: -1e12, max: 2e12 }).map((ms) => ms / 1000),
);
const common = { path: paths, mode: fc.nat(0o7777), uid: owner, gid: owner, mtime: time };

/** Any entry that can be written. */
export const entries: fc.Arbitrary<Entry> = fc.oneof(
  fc
    .record({ ...common, bytes: fc.uint8Array({ maxLength: 1500 }) })
    .map(({ bytes, ...rest }) => file(rest.path, bytes, rest)),
  fc.record(common).map((rest) => directory(rest.path, rest)),
  fc
    .record({ ...common, to: paths })
    .map(({ to, ...rest }) => ({ ...link('symlink', rest.path, to), ...rest })),
  fc
    .record({ ...common, to: paths })
    .map(({ to, ...rest }) => ({ ...link('hardlink', rest.path, to), ...rest })),
  fc
    .record({
      ...common,
      type: fc.constantFrom('char' as const, 'block' as const),
      major: fc.nat(4095),
      minor: fc.nat(255),
    })
    .map((rest) => ({ ...rest, size: 0 })),
  fc
    .record({ ...common, value: fc.uint8Array({ maxLength: 40 }), name: fc.stringMatching(/^[a-z.]{1,20}$/) })
    .map(({ value, name, ...rest }) => ({ ...directory(rest.path, rest), xattrs: { [name]: value } })),
);

/** A header block by hand, with a right checksum. `at` gives bytes for fields by their offset. */
export function rawHeader(fields: Readonly<Record<number, string | Uint8Array>>): Buffer {
  const block = Buffer.alloc(512);
  const usual = {
    0: 'name',
    100: '0000644\0',
    108: '0000000\0',
    116: '0000000\0',
    124: '00000000000\0',
    136: '00000000000\0',
    156: '0',
    257: 'ustar\x0000',
  };
  for (const [at, value] of Object.entries({ ...usual, ...fields }))
    block.set(Buffer.from(value), Number(at));
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A body filled up to the next block. */
export function padded(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A PAX header with these records, before what comes next. */
export function paxHeader(records: string, type = 'x'): Buffer {
  return Buffer.concat([rawHeader({ 124: octal(Buffer.byteLength(records)), 156: type }), padded(records)]);
}

export function paxRecord(keyword: string, value: string): string {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${keyword}=${value}\n`;
}

export function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
