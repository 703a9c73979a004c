import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The program and the style sheet that a page carries. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Those of the explanation's page, or of the comparison's. */
export type PageName = 'page' | 'compare-page';

/** They lie beside the bundle; for our sources too, which a browser cannot read. */
export async function pageAssets(page: PageName): Promise<PageAssets> {
  const beside = fileURLToPath(import.meta.url).endsWith('.ts') ? '../../dist/' : './';
  const read = (name: string): Promise<string> => readFile(new URL(beside + name, import.meta.url), 'utf8');
  const [script, style] = await Promise.all([read(`${page}.js`), read(`${page}.css`)]);
  return { script, style };
}
