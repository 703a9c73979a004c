/**
 * Room for layers in other forms than blobs: `<root>/layers/<name>/`, one folder each. What is in a folder is snapshot/'s business; here it
 * is only named, used, counted and removed.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { makeDirectory } from '../core/files.ts';
import type { Place } from './place.ts';
import { storeError } from './write.ts';

export interface LayerFolders {
  /** Absolute path of the folder of that name, which need not be there. */
  path(name: string): string;
  /** False when there is no such folder. Counts as a use: as long as this process runs, `prune` spares it. */
  use(name: string): Promise<boolean>;
  /** Makes the folder when it is missing. Counts as a use. */
  make(name: string): Promise<string>;
  /** A new private directory on the same file system; swept when this process is gone. */
  temp(): Promise<string>;
}

export function openLayers(place: Place): LayerFolders {
  const pathOf = (name: string): string => path.join(place.root, 'layers', name);
  const use = async (name: string): Promise<boolean> => {
    const stat = await fs.stat(pathOf(name)).catch(() => undefined);
    if (!stat) return false;
    await place.lease();
    await place.touch(pathOf(name), stat.mtimeMs);
    return true;
  };
  const made = async (directory: string, mode: number): Promise<string> => {
    try {
      await makeDirectory(directory, mode);
      return directory;
    } catch (error) {
      throw storeError(error, directory);
    }
  };
  return {
    path: pathOf,
    use,
    make: async (name) => {
      if (!(await use(name))) {
        await place.lease();
        await made(pathOf(name), 0o755);
      }
      return pathOf(name);
    },
    temp: async () => {
      await place.lease();
      return made(await place.tempName(), 0o700);
    },
  };
}
