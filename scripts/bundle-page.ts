/** Bundles the program of the HTML page, with its style sheet, as the two files that src/page/ puts into every page. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const sources = path.join(import.meta.dirname, '../src/page/browser');

/** Writes page.js and page.css into `directory`, each whole or not at all. */
export async function bundlePage(directory: string): Promise<void> {
  const bundle = await rolldown({ input: path.join(sources, 'main.ts'), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
  await bundle.close();
  const [{ code }] = output;
  // It stands inside a script element, where these would end it or change how it is read.
  if (/<\/script|<!--/i.test(code)) throw new Error('the program of the page holds what HTML would obey');
  place(path.join(directory, 'page.js'), code.trim());
  place(path.join(directory, 'page.css'), readFileSync(path.join(sources, 'style.css'), 'utf8'));
}

function place(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}
