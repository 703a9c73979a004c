import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configuredBudgets } from '../../../src/explain/budget/configured.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

/** Budgets of `what` in a directory called shop with this coracle.yaml. */
async function budgets(
  yaml: string,
  what: string,
  kind: 'image' | 'binary' | 'directory' = 'image',
): Promise<string[]> {
  const cwd = path.join(tempDir(), 'shop');
  mkdirSync(cwd);
  writeFileSync(path.join(cwd, 'coracle.yaml'), yaml);
  writeFileSync(path.join(cwd, 'go.mod'), 'module example.com/shop\n');
  writeFileSync(path.join(cwd, 'server'), '');
  return (await configuredBudgets(testCtx({ cwd }), what, kind)).map(({ text }) => text);
}

const named = 'image: registry.example.com/team/shop:1\nbudget: [image<15MB, "layers<4, waste<1MB"]\n';
const all = ['image<15MB', 'layers<4', 'waste<1MB'];

test('hold for the image that coracle.yaml names, whatever its tag, and for no other', async () => {
  expect(await budgets(named, 'registry.example.com/team/shop:2')).toEqual(all);
  expect(await budgets(named, 'shop:2')).toEqual([]);
  expect(await budgets(named, 'registry.example.com/team/other')).toEqual([]);
  expect(await budgets(named, 'deadbeef1234')).toEqual([]);
});

test('without a name, hold for the image that is called as the directory', async () => {
  expect(await budgets('budget: image<15MB', 'shop')).toEqual(['image<15MB']);
  expect(await budgets('budget: image<15MB', 'alpine:3')).toEqual([]);
});

test('hold for archives and programs beside the file, not for those elsewhere', async () => {
  expect(await budgets(named, 'oci:out/image.tar')).toEqual(all);
  expect(await budgets(named, 'docker-archive:../image.tar')).toEqual([]);
  expect(await budgets(named, './server', 'binary')).toEqual(all);
  expect(await budgets(named, '/usr/bin/env', 'binary')).toEqual([]);
});

test('a wrong one is shown in its line', async () => {
  await expect(
    budgets('image: shop\nbudget:\n  - image<15MB\n  - picture<1MB\n', 'shop'),
  ).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    where: { line: 4 },
  });
});
