import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode } from '../core/errors.ts';
import { removeDeep } from '../core/remove.ts';
import type { StoredLayer } from './inventory.ts';
import type { Place } from './place.ts';
import { withDirectory } from './write.ts';

/**
 * Takes layers away by rename, looks at their times again, and removes them.
 * @throws ToolError STORE_UNWRITABLE, when all others are gone, for those whose files belong to other users
 */
export async function removeLayers(
  place: Place,
  layers: readonly StoredLayer[],
  spared: number,
): Promise<readonly StoredLayer[]> {
  const gone: StoredLayer[] = [];
  let refused: unknown;
  for (const layer of layers) {
    const trash = await place.tempName();
    try {
      await withDirectory(path.dirname(trash), async () => fs.rename(layer.file, trash));
    } catch {
      continue; // another prune was faster, or the store is read-only
    }
    const { mtimeMs } = await fs.stat(trash);
    if (mtimeMs >= spared) {
      await fs.rename(trash, layer.file);
      continue;
    }
    try {
      await removeDeep(trash);
      gone.push(layer);
    } catch (error) {
      if (!['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
      refused = error;
    }
  }
  if (refused === undefined) return gone;
  throw new ToolError(
    'STORE_UNWRITABLE',
    'some unpacked layers hold files of other users and could not be removed',
    {
      cause: refused,
      hint: 'Prune as the user who built, where user namespaces are allowed: coracle doctor says whether they are.',
    },
  );
}
