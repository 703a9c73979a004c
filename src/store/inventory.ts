import { promises as fs } from 'node:fs';
import path from 'node:path';
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
