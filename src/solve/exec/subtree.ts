import { mapLimit } from '../../core/concurrency.ts';
import { ToolError, type SourceRange } from '../../core/errors.ts';
import type { LayerIndex, IndexEntry } from '../../layer/layer-index.ts';
import { indexDigest } from '../../layer/layer-index.ts';
import type { LayerId, Snapshots, Tree, TreeEntry } from '../../snapshot/types.ts';
import { resolveIn } from './resolve.ts';

/** Under this name a subtree stands in its layer, so that a single file can be one too. */
export const mounted = 'mounted';

/** A part of a tree, as a layer of its own. */
export interface Subtree {
  readonly index: LayerIndex;
  /** Digest of its content and metadata; times that say nothing of the content do not count. */
  readonly digest: string;
  readonly layer: (snapshots: Snapshots) => Promise<LayerId>;
}

/** Files whose digests are asked for at once. */
const parallel = 8;

/**
 * What a mount shows of a tree.
 * @throws ToolError NOT_FOUND when the tree has no such file
 */
export async function subtree(tree: Tree, source: string, where?: SourceRange): Promise<Subtree> {
  const top = await resolveIn(tree, source);
  if (!top.entry) throw notThere(source, where);
  const found = await walk(tree, top.entry);
  const origin = new Map<string, TreeEntry>();
  const first = new Map<string, string>();
  const index = await mapLimit(found, parallel, async ({ path, entry }): Promise<IndexEntry> => {
    const { same, ...rest } = entry;
    const other = same === undefined ? undefined : first.get(same);
    if (other !== undefined) return { ...rest, path, type: 'hardlink', linkName: other, size: 0 };
    if (same !== undefined) first.set(same, path);
    if (entry.type !== 'file') return { ...rest, path };
    origin.set(path, entry);
    return { ...rest, path, digest: await tree.digest(entry) };
  });
  return {
    index,
    digest: indexDigest(index),
    layer: async (snapshots) =>
      snapshots.add(index, (entry) => {
        const from = origin.get(entry.path);
        if (!from) throw new ToolError('INTERNAL', `${entry.path} has no content`);
        return tree.open(from);
      }),
  };
}

export function notThere(source: string, where: SourceRange | undefined): ToolError {
  return new ToolError('NOT_FOUND', `there is no ${source} to mount`, {
    hint: 'source= names a path in the build context, or in what from= names. Does .dockerignore leave it out?',
    ...(where && { where }),
  });
}

interface Found {
  readonly path: string;
  readonly entry: TreeEntry;
}

/** The entry and all below it, parents first. */
async function walk(tree: Tree, top: TreeEntry): Promise<Found[]> {
  const found: Found[] = [{ path: mounted, entry: top }];
  for (let at = 0; at < found.length; at++) {
    const { path, entry } = found[at] ?? { path: '', entry: top };
    if (entry.type !== 'directory') continue;
    for (const child of await tree.list(entry.path)) {
      found.push({ path: `${path}/${child.path.slice(child.path.lastIndexOf('/') + 1)}`, entry: child });
    }
  }
  return found;
}
