import { promises as fs } from 'node:fs';
import path from 'node:path';
import { removeDeep } from '../core/remove.ts';
import type { LayerFolders } from '../store/layers.ts';
import type { DirectoryForm } from './form.ts';
import type { OverlayRoot } from './types.ts';

/** The upper and work directories of an overlay, beside the layers' directories: overlayfs wants both on one file system. */
export async function overlayRoot(
  layers: LayerFolders,
  lower: readonly string[],
  form: DirectoryForm,
): Promise<OverlayRoot> {
  const temp = await layers.temp();
  const upper = path.join(temp, 'upper');
  const work = path.join(temp, 'work');
  const empty = path.join(temp, 'empty');
  // What the root directory looks like is said by the uppermost of its directories.
  const top = lower[0] === undefined ? undefined : await fs.stat(lower[0]);
  for (const directory of lower.length === 0 ? [upper, work, empty] : [upper, work])
    await fs.mkdir(directory);
  await fs.chmod(upper, top ? top.mode & 0o7777 : 0o755);
  if (top && form.owners) await fs.chown(upper, top.uid, top.gid);
  return {
    kind: 'overlay',
    lower: lower.length === 0 ? [empty] : lower,
    upper,
    work,
    userxattr: form.overlayPrefix === 'user.overlay.',
    discard: async () => removeDeep(temp),
  };
}
