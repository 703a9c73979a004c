import type { Ctx } from '../../core/ctx.ts';
import { version } from '../../core/version.ts';
import { accessOf } from '../../explain/files/access.ts';
import { parsePasswd, isId } from '../../solve/exec/passwd.ts';
import type { Store } from '../../store/store.ts';
import type { Measured } from '../types.ts';
import { holdingsOf } from './holdings.ts';
import { lookInto, type Looked } from './look.ts';
import { countPackages } from './packages.ts';
import type { ImageFigures, MeasuredImage } from './types.ts';

/** Another version may see more in the same bytes. */
const bucket = `compare-figures-${version}`;

/**
 * What lies in an image of the store: sizes, counts, and what it holds and lacks. Kept by the image's digest.
 * @throws ToolError as lookInto
 */
export async function figuresOf(ctx: Ctx, store: Store, image: MeasuredImage): Promise<ImageFigures> {
  const known = await store.cache.get<ImageFigures>(bucket, image.descriptor.digest);
  if (known) return known;
  const looked = await lookInto(ctx, store, image);
  const { manifest, descriptor, unpacked } = looked;
  const access = accessOf(looked.merged);
  const layers = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const found: ImageFigures = {
    figures: {
      size: { value: descriptor.size + manifest.config.size + layers },
      unpacked: { value: unpacked },
      layers: { value: manifest.layers.length },
      files: { value: countFiles(looked) },
      packages: await countPackages(looked),
      setuid: { value: access.setuid.length },
      shells: { value: access.shells },
      packageManagers: { value: access.packageManagers },
      root: await isRoot(looked),
    },
    holds: await holdingsOf(looked, access),
  };
  // Losing it costs only time.
  await store.cache.set(bucket, image.descriptor.digest, found).catch(() => undefined);
  return found;
}

/** Regular files, as `explain` counts them. */
function countFiles({ merged: { nodes } }: Looked): number {
  let files = 0;
  for (let node = 0; node < nodes.size; node++) if (nodes.alive(node) && nodes.type(node) === 'file') files++;
  return files;
}

/** Whether the image's user is number 0, by the image's own /etc/passwd. */
async function isRoot(looked: Looked): Promise<Measured<boolean>> {
  const [user = ''] = (looked.config.config?.User ?? '').split(':');
  if (user === '') return { value: true };
  if (isId(user)) return { value: Number(user) === 0 };
  const text = (await looked.read('/etc/passwd'))?.toString('utf8') ?? '';
  const entry = parsePasswd(text).find(({ name }) => name === user);
  return entry
    ? { value: entry.uid === 0 }
    : { missing: `its /etc/passwd does not know the user ${JSON.stringify(user)} whom it names` };
}
