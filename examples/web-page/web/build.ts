/** Builds src/ into dist/: types and comments are dropped, files are named by their content, the page names them so. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const made = new Map<string, string>();
mkdirSync('dist', { recursive: true });

for (const name of readdirSync('src').sort()) {
  const text = readFileSync(`src/${name}`, 'utf8');
  if (name.endsWith('.ts')) keep(name, '.js', stripTypeScriptTypes(text));
  if (name.endsWith('.css')) keep(name, '.css', text.replaceAll(/\/\*[^]*?\*\//g, '').trim());
}
const page = readFileSync('src/index.html', 'utf8');
writeFileSync('dist/index.html', page.replaceAll(/(href|src)="([^"]+)"/g, (all, attribute: string, name: string) => `${attribute}="${made.get(name) ?? name}"`));

function keep(name: string, suffix: string, text: string): void {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const file = `${name.replace(/\.\w+$/, '')}-${hash}${suffix}`;
  writeFileSync(`dist/${file}`, text);
  made.set(name, file);
}
