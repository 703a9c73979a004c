import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allDocs } from '../../src/cli/docs.ts';

const docs = path.join(import.meta.dirname, '../../docs');
const wanted = await allDocs();

test.each([...wanted])('docs/%s is what the tables say', (name, text) => {
  expect(
    existsSync(path.join(docs, name)) ? readFileSync(path.join(docs, name), 'utf8') : undefined,
    'run: node scripts/docs.ts',
  ).toBe(text);
});

test('there is no page that no table makes', () => {
  const there = ['verbs', 'schemas'].flatMap((folder) =>
    readdirSync(path.join(docs, folder)).map((name) => `${folder}/${name}`),
  );
  expect(there.filter((name) => !wanted.has(name))).toEqual([]);
});
