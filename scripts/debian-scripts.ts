/**
 * node scripts/debian-scripts.ts [--text] FILE.deb ...
 *
 * Prints the digests that src/base/debian/known-scripts.ts holds, of the scripts of packages. Before a digest is added: read the script (--text
 * prints its normal form), and see to it that a recipe does what it does.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseStanza } from '../src/base/debian/control.ts';
import { unpackDeb } from '../src/base/debian/deb.ts';
import { installScripts } from '../src/base/debian/recipe.ts';
import { withoutAlternatives } from '../src/base/debian/recipes/alternatives.ts';
import { scriptForm } from '../src/base/debian/script-form.ts';

const files = process.argv.slice(2);
const directory = await mkdtemp(path.join(tmpdir(), 'debian-scripts-'));
for (const file of files.filter((name) => name !== '--text')) {
  const { control } = await unpackDeb(createReadStream(file), file, path.join(directory, 'contents'));
  const about = parseStanza(control.get('control')?.toString('utf8') ?? '');
  for (const script of installScripts) {
    const source = control.get(script);
    if (!source) continue;
    const { text, digest } = scriptForm(withoutAlternatives(source), about.get('version') ?? '');
    const name = `${about.get('package') ?? ''} ${about.get('version') ?? ''} ${about.get('architecture') ?? ''}`;
    console.log(text === '' ? `${name} ${script}: nothing` : `${name} ${script}: ${digest}`);
    if (files.includes('--text')) console.log(text);
  }
}
await rm(directory, { recursive: true });
