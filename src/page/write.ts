/**
 * page/ writes an explanation, or a comparison (compare/), as one HTML file that needs nothing else: no network, no server. It chooses what
 * the page says and packs the data; page/browser/ is the program inside the page. It must not know how the figures were found.
 */
import { writeFileAtomic } from '../core/files.ts';
import type { Explanation } from '../explain/types.ts';
import { pageAssets } from './assets.ts';
import { pageDocument } from './document.ts';
import { encodePage } from './encode.ts';
import { pageHead } from './head.ts';
import { pageTrees } from './trees.ts';

/**
 * Writes `explanation` as a page to `file`: temp file, fsync, rename.
 * @returns the bytes of the file
 * @throws ToolError DISK_FULL, FILE_UNWRITABLE
 */
export async function writePage(explanation: Explanation, file: string): Promise<{ readonly bytes: number }> {
  const head = pageHead(explanation);
  const content = {
    title: head.title,
    about: 'every byte explained',
    needs: 'this page draws its map with a script of its own; allow it to run.',
    data: encodePage(head, pageTrees(explanation)),
  };
  const page = Buffer.from(pageDocument(content, await pageAssets('page')));
  await writeFileAtomic(file, page);
  return { bytes: page.length };
}
