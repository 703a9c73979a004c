/**
 * Writes what is made from the program's own tables: docs/verbs (one page per verb, from the table that --help and the parser use),
 * docs/errors.md and docs/schemas; and the made parts of docs/dockerfile.md,
 * from the parity cases, and of docs/bases.md, from what is known of packages. With --check it writes nothing and
 * fails when one of them is stale.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { allDocs } from '../src/cli/docs.ts';
import { basesPage } from './bases-docs.ts';
import { dockerfilePage } from './dockerfile-docs.ts';

const root = path.join(import.meta.dirname, '..', 'docs');
const wanted = await allDocs();
wanted.set('dockerfile.md', await dockerfilePage(read(path.join(root, 'dockerfile.md')) ?? ''));
wanted.set('bases.md', await basesPage(read(path.join(root, 'bases.md')) ?? ''));
const stale: string[] = [];

for (const [name, text] of wanted) {
  const file = path.join(root, name);
  if (read(file) === text) continue;
  stale.push(name);
  if (process.argv.includes('--check')) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
for (const folder of ['verbs', 'schemas']) {
  for (const name of readdirSync(path.join(root, folder))) {
    if (wanted.has(`${folder}/${name}`)) continue;
    stale.push(`${folder}/${name}`);
    if (!process.argv.includes('--check')) rmSync(path.join(root, folder, name));
  }
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`docs are stale: ${stale.join(', ')}\nWrite them with: node scripts/docs.ts`);
  process.exitCode = 1;
} else if (stale.length > 0) console.log(`wrote ${stale.join(', ')}`);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
