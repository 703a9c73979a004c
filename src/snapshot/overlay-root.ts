import { promises as fs } from 'node:fs';
import path from 'node:path';
import { removeDeep } from '../core/remove.ts';
import { compareNames } from '../layer/names.ts';
import { parentOf } from '../layer/safe-path.ts';
import type { LayerFolders } from '../store/layers.ts';
import type { LayerDirectory } from './folder.ts';
import type { DirectoryForm } from './form.ts';
import type { Merged } from './merged.ts';
import type { LayerId, OverlayRoot } from './types.ts';
import { unpackDirectories } from './unpack.ts';

/**
 * The upper and work directories of an overlay, beside the layers' directories: overlayfs wants both on one file system.
 * @param directories of the layers, the lowest first
 */
export async function overlayRoot(
  layers: LayerFolders,
  ids: readonly LayerId[],
  directories: readonly LayerDirectory[],
  form: DirectoryForm,
  merge: (layers: readonly LayerId[]) => Promise<ReadonlyMap<string, Merged>>,
): Promise<OverlayRoot> {
  const temp = await layers.temp();
  const discard = async (): Promise<void> => removeDeep(temp);
  const at = (name: string): string => path.join(temp, name);
  try {
    // Overlayfs takes no directory twice; of equal layers the highest says it all.
    const lower = [...new Set(directories.map((layer) => layer.path).reverse())];
    const implied = impliedAbove(directories);
    if (implied.length > 0) {
      const merged = await merge(ids);
      const entries = implied.flatMap((name) => merged.get(name) ?? []);
      await unpackDirectories(entries, at('top'), form);
      lower.unshift(at('top'));
    }
    if (lower.length === 0) {
      await fs.mkdir(at('empty'));
      lower.push(at('empty'));
    }
    await fs.mkdir(at('work'));
    await fs.mkdir(at('upper'));
    // What the root directory looks like is said by the uppermost of its directories.
    const top = directories.length === 0 ? undefined : await fs.stat(directories.at(-1)?.path ?? at('work'));
    await fs.chmod(at('upper'), top ? top.mode & 0o7777 : 0o755);
    if (top && form.owners) await fs.chown(at('upper'), top.uid, top.gid);
    return {
      kind: 'overlay',
      lower,
      upper: at('upper'),
      work: at('work'),
      userxattr: form.overlayPrefix === 'user.overlay.',
      discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/**
 * Directories that some layer above the lowest has without describing them, and those above them: there they are plain, and would hide what
 * the layers beneath say of their modes and owners. One more directory on top says it again.
 */
function impliedAbove(directories: readonly LayerDirectory[]): readonly string[] {
  const implied = new Set<string>();
  for (const { facts } of directories.slice(1)) {
    for (const path of facts.implied)
      for (let at = path; at !== '' && !implied.has(at); at = parentOf(at)) implied.add(at);
  }
  return [...implied].sort(compareNames);
}
