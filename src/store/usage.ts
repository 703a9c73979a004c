import path from 'node:path';
import { listBlobs, listFiles, listLayers, listLeft, listRecords } from './inventory.ts';
import type { StoredFile } from './inventory.ts';
import type { RefStore } from './refs.ts';

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What the store holds, in files and bytes. */
export interface Usage {
  readonly names: number;
  readonly blobs: Amount;
  readonly records: Amount;
  /** Layers unpacked or looked into. */
  readonly layers: Amount;
  /** Cache mounts and trees of failed steps. */
  readonly left: Amount;
  readonly damaged: Amount;
  readonly temporary: Amount;
}

export async function usage(root: string, refs: RefStore): Promise<Usage> {
  return {
    names: (await refs.list()).length,
    blobs: amount(await listBlobs(root)),
    records: amount(await listRecords(root)),
    layers: amount(await listLayers(root)),
    left: amount(await listLeft(root)),
    damaged: amount(await listFiles(path.join(root, 'quarantine'))),
    temporary: amount(await listFiles(path.join(root, 'tmp'))),
  };
}

function amount(files: readonly StoredFile[]): Amount {
  return { count: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}
