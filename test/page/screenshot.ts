/**
 * Pictures of the page, to be looked at: `node test/page/screenshot.ts DIRECTORY`. With a second word, `readme`, it makes only the one
 * that the README shows.
 */
import path from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import type { Explanation } from '../../src/explain/types.ts';
import { startBrowser } from './browser.ts';
import { binaryExplanation, directoryExplanation, imageExplanation } from './generate.ts';

const [directory = '.', only] = process.argv.slice(2);
const image = imageExplanation({ files: 12_000 });
const pictures: readonly {
  readonly name: string;
  readonly of: Explanation;
  readonly options?: BrowserContextOptions;
  readonly keys?: readonly string[];
  readonly type?: string;
  readonly whole?: boolean;
}[] = [
  { name: 'explain-page', of: image, keys: ['3'] },
  { name: 'layers', of: image },
  { name: 'files-dark', of: image, options: { colorScheme: 'dark' }, keys: ['2'] },
  { name: 'search', of: image, keys: ['2', '/'], type: 'fonts' },
  { name: 'help', of: image, keys: ['?'] },
  { name: 'whole', of: image, whole: true },
  { name: 'binary', of: binaryExplanation(), whole: true },
  { name: 'binary-dark', of: binaryExplanation(), options: { colorScheme: 'dark' } },
  { name: 'directory', of: directoryExplanation() },
  {
    name: 'phone',
    of: image,
    options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
    whole: true,
  },
  {
    name: 'phone-top',
    of: image,
    options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  },
];

const browser = await startBrowser();
try {
  for (const { name, of, options, keys = [], type, whole = false } of pictures) {
    if (only !== undefined && name !== 'explain-page') continue;
    const { page, complaints, close } = await browser.open(of, options);
    for (const key of keys) await page.keyboard.press(key);
    if (type !== undefined) await page.keyboard.type(type);
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: whole });
    for (const complaint of complaints) console.error(`${name}: ${complaint}`);
    await close();
  }
} finally {
  await browser.close();
}
