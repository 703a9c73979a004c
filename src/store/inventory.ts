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

/** What steps left for later ones: cache mounts (a folder for each scope, below it one for each cache), and trees of failed steps. */
export async function listLeft(root: string): Promise<StoredLayer[]> {
  const scopes = await directoriesIn(path.join(root, 'cache-mounts'));
  const caches = (await Promise.all(scopes.map(directoriesIn))).flat();
  const failed = await directoriesIn(path.join(root, 'failed'));
  return Promise.all([
    ...caches.map(async (file) => leftBy('cache mount', file)),
    ...failed.map(async (file) => leftBy('failed step', file)),
  ]);
}

async function leftBy(what: string, file: string): Promise<StoredLayer> {
  const [own, record] = await Promise.all(
    [file, path.join(file, 'record.json')].map(async (name) => fs.stat(name).catch(() => undefined)),
  );
  return {
    file,
    bytes: await bytesBelow(file),
    used: Math.max(own?.mtimeMs ?? 0, record?.mtimeMs ?? 0),
    folder: true,
    what: `${what} ${path.basename(file)}`,
    blobs: [],
  };
}

async function directoriesIn(directory: string): Promise<string[]> {
  const entries = await fs.readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(directory, name));
}

/** Bytes of the files below; what may not be looked at counts as nothing. */
async function bytesBelow(directory: string): Promise<number> {
  const entries = await fs.readdir(directory, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesBelow(file);
    else bytes += (await fs.lstat(file).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
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
