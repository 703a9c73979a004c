import { promises as fs } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { fileNameOf } from './names.ts';
import type { Place } from './place.ts';
import { replaceFile } from './write.ts';
import { asObject } from '../oci/shape.ts';

/**
 * Facts that save work and can be lost at any time. A record that needs blobs to be of use lists all of them (layers, configs
 * and manifests) in a field `blobs: Digest[]`: as long as the record lives, `prune` keeps them.
 */
export interface KeyValue {
  /** Undefined when it is missing or damaged. Counts as a use. */
  get<T>(bucket: string, key: string): Promise<T | undefined>;
  /** `value` must be JSON. Not synced unless asked for: what a power cut takes is made again. */
  set(bucket: string, key: string, value: unknown, options?: { sync?: boolean }): Promise<void>;
  delete(bucket: string, key: string): Promise<void>;
}

/** What a file of the cache holds; the key is kept, as a file name cannot always be turned back into it. */
export interface CacheRecord {
  readonly bucket: string;
  readonly key: string;
  readonly value: unknown;
}

/** Records in `<root>/cache/<bucket>/<key>`, one JSON file each. */
export function openCache(place: Place): KeyValue {
  const fileOf = (bucket: string, key: string): string =>
    path.join(place.root, 'cache', fileNameOf(bucket).replace(/\.json$/, ''), fileNameOf(key));
  return {
    get: async <T>(bucket: string, key: string): Promise<T | undefined> => {
      const file = fileOf(bucket, key);
      const record = await readRecord(file, place);
      // Whoever wrote the value is the only one who reads it, so the caller knows its type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return record?.bucket === bucket && record.key === key ? (record.value as T) : undefined;
    },
    set: async (bucket, key, value, options) => {
      const record: CacheRecord = { bucket, key, value };
      await replaceFile(place, fileOf(bucket, key), JSON.stringify(record), { sync: options?.sync ?? false });
    },
    delete: async (bucket, key) => fs.rm(fileOf(bucket, key), { force: true }),
  };
}

/** Reads a record; with `place` that counts as a use. */
export async function readRecord(file: string, place?: Place): Promise<CacheRecord | undefined> {
  let text: string;
  try {
    const handle = await fs.open(file, 'r');
    try {
      const stat = await handle.stat();
      // Decoded in one piece, which is several times faster than as a stream.
      text = (await handle.readFile()).toString('utf8');
      await place?.touch(file, stat.mtimeMs);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw fileError(error, 'read', file);
  }
  try {
    const { bucket, key, value } = asObject(JSON.parse(text), file);
    return typeof bucket === 'string' && typeof key === 'string' ? { bucket, key, value } : undefined;
  } catch {
    return undefined;
  }
}
