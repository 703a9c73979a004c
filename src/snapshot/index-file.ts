import { createHash } from 'node:crypto';
import { entryTypes } from '../layer/entry.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';

interface Head {
  readonly format: number;
  /** The layer's whole name. */
  readonly id: string;
  /** Of what follows. */
  readonly sha256: string;
}

/**
 * An entry as a row: path, kind (number of its type, plus 8 when its time is the build's), mode, uid, gid, mtime, then what its type
 * needs (size and digest; link name; device numbers), then its attributes as a list of names and base64 values.
 */
type Row = readonly (string | number | readonly string[])[];

const made = 8;
const format = 1;

/** An index as a file: a line that says whose it is, with the digest of the rest, then the rows as JSON. */
export function encodeIndex(id: string, index: LayerIndex): string {
  const body = JSON.stringify(index.map(rowOf));
  return `${JSON.stringify({ format, id, sha256: sha256(body) } satisfies Head)}\n${body}`;
}

/** Undefined for what is damaged, half-written, or another layer's. */
export function decodeIndex(bytes: Buffer, id: string): LayerIndex | undefined {
  const end = bytes.indexOf(0x0a);
  if (end === -1) return undefined;
  try {
    // oxlint-disable typescript/no-unsafe-type-assertion -- our own file, its digest checked
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as Head;
    const body = bytes.subarray(end + 1);
    if (head.format !== format || head.id !== id || head.sha256 !== sha256(body)) return undefined;
    const rows = JSON.parse(body.toString('utf8')) as Row[];
    // oxlint-enable typescript/no-unsafe-type-assertion
    return rows.map(entryOf);
  } catch {
    return undefined;
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function rowOf(entry: IndexEntry): Row {
  const kind = entryTypes.indexOf(entry.type) + (entry.made ? made : 0);
  const row: (string | number | readonly string[])[] = [
    entry.path,
    kind,
    entry.mode,
    entry.uid,
    entry.gid,
    entry.mtime,
  ];
  if (entry.type === 'file') row.push(entry.size, entry.digest ?? '');
  else if (entry.linkName !== undefined) row.push(entry.linkName, '');
  else if (entry.type === 'char' || entry.type === 'block') row.push(entry.major ?? 0, entry.minor ?? 0);
  if (entry.xattrs) {
    while (row.length < 8) row.push('');
    row.push(
      Object.entries(entry.xattrs).flatMap(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    );
  }
  return row;
}

function entryOf(row: Row): IndexEntry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as `rowOf` wrote it
  const [path, kind, mode, uid, gid, mtime, a, b, attributes] = row as unknown as [
    ...[path: string, kind: number, mode: number, uid: number, gid: number, mtime: number],
    ...[a: string | number | undefined, b: string | number | undefined, attributes: string[] | undefined],
  ];
  const type = entryTypes[kind % made] ?? 'file';
  const entry: { -readonly [K in keyof IndexEntry]: IndexEntry[K] } = {
    path,
    type,
    mode,
    uid,
    gid,
    mtime,
    size: type === 'file' ? Number(a) : 0,
  };
  if (type === 'file') {
    if (b !== '') entry.digest = String(b);
  } else if (type === 'symlink' || type === 'hardlink') entry.linkName = String(a);
  else if (type === 'char' || type === 'block') {
    entry.major = Number(a);
    entry.minor = Number(b);
  }
  if (kind >= made) entry.made = true;
  if (attributes) entry.xattrs = attributesOf(attributes);
  return entry;
}

function attributesOf(list: readonly string[]): Record<string, Uint8Array> {
  const pairs: (readonly [string, Uint8Array])[] = [];
  for (let at = 0; at < list.length; at += 2) {
    pairs.push([list[at] ?? '', Buffer.from(list[at + 1] ?? '', 'base64')]);
  }
  return Object.fromEntries(pairs);
}
