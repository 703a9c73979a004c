import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readJsonIfSound } from '../core/files.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { readRecord } from './cache.ts';

export interface StoredFile {
  readonly file: string;
  readonly bytes: number;
  /** Last use, in milliseconds since the epoch. */
  readonly used: number;
}

export interface StoredBlob extends StoredFile {
  readonly digest: Digest;
}

export interface StoredRecord extends StoredFile {
  readonly what: string;
  readonly blobs: readonly Digest[];
}

/** The blobs there are. Files whose name is no digest are not ours. */
export async function listBlobs(root: string): Promise<StoredBlob[]> {
  const files = await listFiles(path.join(root, 'blobs', 'sha256'));
  return files.flatMap((item) => {
    const digest = `sha256:${path.basename(item.file)}`;
    return isDigest(digest) ? [{ ...item, digest }] : [];
  });
}

/** The records of the cache, with the blobs that each needs. A damaged record needs none. */
export async function listRecords(root: string): Promise<StoredRecord[]> {
  const directory = path.join(root, 'cache');
  const records: StoredRecord[] = [];
  for (const bucket of await fs.readdir(directory).catch(() => [] as string[])) {
    for (const item of await listFiles(path.join(directory, bucket))) {
      const record = await readRecord(item.file).catch(() => undefined);
      records.push({
        ...item,
        what: `${bucket}/${record?.key ?? path.basename(item.file)}`,
        blobs: blobsOf(record?.value),
      });
    }
  }
  return records;
}

/** A layer in other forms than a blob: its whole folder. */
export interface StoredLayer extends StoredFile {
  readonly folder: true;
  readonly what: string;
  readonly blobs: readonly [];
}

/** The folders of layers. A folder is used when its time says so; what its directories hold is said by the files beside them. */
export async function listLayers(root: string): Promise<StoredLayer[]> {
  const directory = path.join(root, 'layers');
  const found: StoredLayer[] = [];
  for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
    const file = path.join(directory, name);
    const stat = await fs.lstat(file).catch(() => undefined);
    if (!stat?.isDirectory()) continue;
    let bytes = 0;
    for (const item of await listFiles(file)) bytes += item.bytes + (await unpackedBytes(item.file));
    found.push({ file, bytes, used: stat.mtimeMs, folder: true, what: `layer ${name}`, blobs: [] });
  }
  return found;
}

/** Bytes of the directory that a marker stands beside. */
async function unpackedBytes(file: string): Promise<number> {
  if (path.basename(file) === 'index.json') return 0;
  const marker = await readJsonIfSound<{ readonly bytes?: unknown }>(file).catch(() => undefined);
  return typeof marker?.bytes === 'number' ? marker.bytes : 0;
}

/** The files of one directory, without those that vanish meanwhile. */
export async function listFiles(directory: string): Promise<StoredFile[]> {
  const names = await fs.readdir(directory).catch(() => [] as string[]);
  const found: StoredFile[] = [];
  for (const name of names) {
    const file = path.join(directory, name);
    const stat = await fs.lstat(file).catch(() => undefined);
    if (stat?.isFile()) found.push({ file, bytes: stat.size, used: stat.mtimeMs });
  }
  return found;
}

function blobsOf(value: unknown): readonly Digest[] {
  if (typeof value !== 'object' || value === null || !('blobs' in value) || !Array.isArray(value.blobs))
    return [];
  return value.blobs.filter((item): item is Digest => typeof item === 'string' && isDigest(item));
}
