import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readJsonIfSound } from '../core/files.ts';
import { checkDescriptor } from '../oci/check.ts';
import type { Descriptor } from '../oci/types.ts';
import { fileNameOf } from './names.ts';
import type { Place } from './place.ts';
import { replaceFile, storeError } from './write.ts';

/** A name in the store and what it stands for. */
export interface StoredRef {
  /** The full reference with its tag: `docker.io/library/gin-api:latest`. */
  readonly name: string;
  readonly descriptor: Descriptor;
  /** When it was set, in milliseconds since the epoch. */
  readonly at: number;
}

export interface RefStore {
  get(name: string): Promise<StoredRef | undefined>;
  /** Put the blobs into the store first: a name is a promise that they are there. */
  set(name: string, descriptor: Descriptor): Promise<void>;
  /** Sorted by name. Files that are damaged, or not ours, are passed over. */
  list(): Promise<StoredRef[]>;
  /** False when there was no such name. The blobs stay until `prune`. */
  remove(name: string): Promise<boolean>;
}

/** Names in `<root>/refs`, one small JSON file each. */
export function openRefs(place: Place, now: () => Date): RefStore {
  const directory = path.join(place.root, 'refs');
  const fileOf = (name: string): string => path.join(directory, fileNameOf(name));
  return {
    get: async (name) => {
      const ref = await readRef(fileOf(name));
      return ref?.name === name ? ref : undefined;
    },
    set: async (name, descriptor) => {
      const ref: StoredRef = { name, descriptor, at: now().getTime() };
      await replaceFile(place, fileOf(name), `${JSON.stringify(ref)}\n`, { sync: true });
    },
    list: async () => {
      const names = await fs.readdir(directory).catch(() => [] as string[]);
      const refs = await Promise.all(
        names.map(async (file) => {
          const ref = await readRef(path.join(directory, file)).catch(() => undefined);
          return ref !== undefined && fileNameOf(ref.name) === file ? ref : undefined;
        }),
      );
      return refs.filter((ref) => ref !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    remove: async (name) => {
      const file = fileOf(name);
      const there = await fs.lstat(file).catch(() => undefined);
      if (!there) return false;
      await fs.rm(file, { force: true }).catch((error: unknown) => {
        throw storeError(error, file);
      });
      return true;
    },
  };
}

async function readRef(file: string): Promise<StoredRef | undefined> {
  const value = await readJsonIfSound<Partial<StoredRef> | null>(file);
  if (typeof value?.name !== 'string' || typeof value.at !== 'number') return undefined;
  try {
    return { name: value.name, descriptor: checkDescriptor(value.descriptor, file), at: value.at };
  } catch {
    return undefined;
  }
}
