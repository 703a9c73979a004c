import { deflateRawSync } from 'node:zlib';
import type { Comparison } from '../../compare/types.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { pageAssets } from '../assets.ts';
import { pageDocument } from '../document.ts';
import { comparePage } from './content.ts';

/**
 * Writes `comparison` as a page to `file`: temp file, fsync, rename.
 * @returns the bytes of the file
 * @throws ToolError DISK_FULL, FILE_UNWRITABLE
 */
export async function writeComparisonPage(
  comparison: Comparison,
  file: string,
): Promise<{ readonly bytes: number }> {
  const words = comparePage(comparison);
  const content = {
    title: words.title,
    about: 'ways to package it, compared',
    needs: 'this page lays its figures out with a script of its own; allow it to run.',
    data: deflateRawSync(Buffer.from(JSON.stringify(words))),
  };
  const page = Buffer.from(pageDocument(content, await pageAssets('compare-page')));
  await writeFileAtomic(file, page);
  return { bytes: page.length };
}
