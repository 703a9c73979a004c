import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { actionOf, bindings, keyNames, keysTable } from '../../src/view/keys.ts';

test('no key means two things, and each means what the table says', () => {
  const all = bindings.flatMap(({ keys }) =>
    Object.entries(keys).flatMap(([action, names]) => names.map((key) => [key, action] as const)),
  );
  expect(new Set(all.map(([key]) => key)).size).toBe(all.length);
  for (const [key, action] of all) expect(actionOf(key === 'space' ? ' ' : key)).toBe(action);
});

test('a terminal without UTF-8 gets names that it can show', () => {
  for (const binding of bindings) expect(keyNames(binding, false).join('')).toMatch(/^[ -~]+$/);
});

test('the table of the documentation has every binding', () => {
  const table = keysTable();
  expect(table.split('\n')).toHaveLength(bindings.length + 2);
  // As it stands there, but for the widths of its columns.
  const plain = (text: string): string => text.replaceAll(/ +\|/g, ' |').replaceAll(/\| -+ /g, '| --- ');
  const docs = readFileSync(path.join(import.meta.dirname, '../../docs/explain.md'), 'utf8');
  expect(plain(docs)).toContain(plain(table).trim());
});
