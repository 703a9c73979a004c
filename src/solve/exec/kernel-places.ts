import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Tree, WritableRoot } from '../../snapshot/types.ts';

const places = ['dev', 'proc', 'sys'];

/** Which of the directories that kernel file systems are mounted on an image lacks. */
export async function missingPlaces(tree: Tree): Promise<string[]> {
  const entries = await Promise.all(places.map(async (name) => tree.entry(name)));
  return places.filter((_, at) => entries[at] === undefined);
}

/**
 * Makes them in a root that a step is to run on. They stay in its layer, as they do with Docker, whose runtime makes them: an image that is
 * run with a read-only root needs them to be there.
 */
export async function makePlaces(root: WritableRoot, missing: readonly string[]): Promise<void> {
  const directory = root.kind === 'overlay' ? root.upper : root.directory;
  for (const name of missing) {
    const place = path.join(directory, name);
    await fs.mkdir(place);
    await fs.chmod(place, 0o755); // whatever the umask
  }
}
