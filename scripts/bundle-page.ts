/** Bundles the programs of the HTML pages, with their style sheets, as the files that src/page/ puts into every page. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const sources = path.join(import.meta.dirname, '../src/page/browser');

/** What is shared comes first, so that a page may say otherwise. */
const pages = [
  { name: 'page', program: 'main.ts', styles: ['style.css', 'map.css'] },
  { name: 'compare-page', program: 'compare/main.ts', styles: ['style.css', 'compare/compare.css'] },
];

/** Writes a script and a style sheet for each page into `directory`, each whole or not at all. */
export async function bundlePage(directory: string): Promise<void> {
  for (const { name, program, styles } of pages) {
    const bundle = await rolldown({ input: path.join(sources, program), platform: 'browser' });
    const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
    await bundle.close();
    const [{ code }] = output;
    // It stands inside a script element, where these would end it or change how it is read.
    if (/<\/script|<!--/i.test(code)) throw new Error(`the program of ${name} holds what HTML would obey`);
    const css = styles.map((file) => readFileSync(path.join(sources, file), 'utf8')).join('');
    place(path.join(directory, `${name}.js`), code.trim());
    place(path.join(directory, `${name}.css`), css);
  }
}

function place(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}
