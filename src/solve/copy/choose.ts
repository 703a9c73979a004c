import { mapLimit } from '../../core/concurrency.ts';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { Picked } from './select.ts';
import type { Item } from './take.ts';

/** What an action takes from its source, with the digests of its files. */
export interface Chosen {
  readonly tree: Tree;
  readonly picked: readonly Picked[];
  readonly digests: ReadonlyMap<TreeEntry, string>;
  /** How many entries it takes. */
  readonly count: number;
}

/** Files that are read side by side when their digests are not known. */
const readers = 16;

/** Finds the digests of all files taken; a file's content is read at most once. */
export async function withDigests(tree: Tree, picked: readonly Picked[]): Promise<Chosen> {
  const digests = new Map<TreeEntry, string>();
  const unknown: TreeEntry[] = [];
  let count = 0;
  const visit = ({ entry, items }: Item): void => {
    count++;
    if (entry.type === 'file') {
      if (entry.digest === undefined) unknown.push(entry);
      else digests.set(entry, entry.digest);
    }
    items?.forEach(visit);
  };
  for (const { item } of picked) visit(item);
  await mapLimit(unknown, readers, async (entry) => {
    digests.set(entry, await tree.digest(entry));
  });
  return { tree, picked, digests, count };
}
