import type { Entry } from '../../layer/entry.ts';
import { contentOf, resolvePath } from '../tree.ts';
import type { BaseTree } from '../tree.ts';
import type { Owner } from './owners.ts';

/** Bytes of the longest text that is searched for names of licences. */
const longestText = 4 * 1024 * 1024;

/**
 * What packages say of their copyright, each at its usual place (/usr/share/doc/PACKAGE/copyright): scanners and lawyers look there, and
 * licences ask that their text goes with the library. Where a text only names a common licence, its file comes along.
 */
export async function licenceEntries(
  tree: BaseTree,
  owners: readonly Owner[],
): Promise<{ entries: Entry[]; paths: ReadonlyMap<string, string> }> {
  const entries = new Map<string, Entry>();
  const paths = new Map<string, string>();
  const keep = (path: string): Entry | undefined => {
    // Where documents are a link to another package's, what is behind it stands here as a file.
    const found = resolvePath(tree, path);
    if (found?.entry.type !== 'file') return undefined;
    const entry = { ...found.entry, path };
    entries.set(path, entry);
    return entry;
  };
  for (const name of new Set(owners.map((owner) => owner.package))) {
    const path = `usr/share/doc/${name}/copyright`;
    const entry = keep(path);
    if (!entry) continue;
    paths.set(name, path);
    const text = (await contentOf(entry, longestText))?.toString('latin1') ?? '';
    for (const [, licence = ''] of text.matchAll(
      /\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]*[A-Za-z0-9])/g,
    ))
      keep(`usr/share/common-licenses/${licence}`);
  }
  return { entries: [...entries.values()], paths };
}
