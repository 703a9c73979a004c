/** Debian's Chromium, for the tests of the page. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { bundlePage } from '../../scripts/bundle-page.ts';
import { removeTree } from '../../src/core/temp.ts';
import type { Comparison } from '../../src/compare/types.ts';
import type { Explanation } from '../../src/explain/types.ts';
import { writeComparisonPage } from '../../src/page/compare/write.ts';
import { writePage } from '../../src/page/write.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

/** Why there is no browser here; undefined when there is one. */
export const noBrowser = program === undefined ? 'chromium is not installed' : undefined;

export interface Bench {
  /** Writes an explanation or a comparison as a page and opens it. */
  open(what: Explanation | Comparison, options?: BrowserContextOptions): Promise<Opened>;
  close(): Promise<void>;
}

export interface Opened {
  readonly page: Page;
  /** Bytes of the file. */
  readonly bytes: number;
  /** What the page said on the console, what it threw, and what it asked of a network. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Bundles the pages' programs from their sources and starts the browser. */
export async function startBrowser(): Promise<Bench> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-page-'));
  await bundlePage(path.join(import.meta.dirname, '../../dist'));
  const browser = await chromium.launch({
    ...(program === undefined ? {} : { executablePath: program }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  const pages = new Map<Explanation | Comparison, { readonly file: string; readonly bytes: number }>();
  const write = async (what: Explanation | Comparison): Promise<{ file: string; bytes: number }> => {
    const file = path.join(directory, `page-${pages.size}.html`);
    const written = 'results' in what ? writeComparisonPage(what, file) : writePage(what, file);
    return { file, ...(await written) };
  };
  return {
    open: async (what, options = {}) => {
      const written = pages.get(what) ?? (await write(what));
      pages.set(what, written);
      return { bytes: written.bytes, ...(await openFile(browser, written.file, options)) };
    },
    close: async () => {
      await browser.close();
      await removeTree(directory);
    },
  };
}

async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions,
): Promise<Omit<Opened, 'bytes'>> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The tests read the canvas back, the page never does.
    if (!message.text().startsWith('Canvas2D: Multiple readback'))
      complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await page.locator('tbody tr[data-node], tbody tr[data-method]').first().waitFor();
  return { page, complaints, close: () => context.close() };
}
