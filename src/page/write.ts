/**
 * page/ writes an explanation as one HTML file that needs nothing else: no network, no server. It chooses what the page says and packs
 * the trees; page/browser/ is the program inside the page. It must not know how the explanation was found.
 */
import { writeFileAtomic } from '../core/files.ts';
import type { Explanation } from '../explain/types.ts';
import { pageAssets } from './assets.ts';
import { pageDocument } from './document.ts';

/**
 * Writes `explanation` as a page to `file`: temp file, fsync, rename.
 * @returns the bytes of the file
 * @throws ToolError DISK_FULL, FILE_UNWRITABLE
 */
export async function writePage(explanation: Explanation, file: string): Promise<{ readonly bytes: number }> {
  const page = Buffer.from(pageDocument(explanation, await pageAssets()));
  await writeFileAtomic(file, page);
  return { bytes: page.length };
}
