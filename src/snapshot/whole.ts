import type { LayerIndex } from '../layer/layer-index.ts';
import { encodeName } from '../layer/names.ts';
import { whiteoutOf } from '../layer/whiteout.ts';
import { lstatSync } from 'node:fs';
import { breath } from './breath.ts';
import { digestFile } from './walk.ts';

/**
 * True when a directory holds what the index says: files by their content, the rest by being there. What a power cut takes are contents and
 * names.
 */
export async function isWhole(directory: string, index: LayerIndex): Promise<boolean> {
  let bytes = 0;
  for (const entry of index) {
    const { kind } = whiteoutOf(entry.path);
    if (kind !== 'none' && kind !== 'hides') continue;
    const path = kind === 'hides' ? hiddenPath(entry.path) : entry.path;
    const place = Buffer.concat([Buffer.from(`${directory}/`), encodeName(path)]);
    try {
      if (kind === 'none' && entry.type === 'file') {
        if (digestFile(place, entry.size, path) !== entry.digest) return false;
      } else lstatSync(place);
    } catch {
      return false;
    }
    bytes += entry.size + 4096;
    if (bytes > turn) {
      bytes = 0;
      await breath();
    }
  }
  return true;
}

const turn = 4 * 1024 * 1024;

function hiddenPath(path: string): string {
  const meaning = whiteoutOf(path);
  return meaning.kind === 'hides' ? meaning.path : path;
}
