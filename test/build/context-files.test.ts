import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { filesAction, recordTree } from '../../src/build/context-files.ts';
import { markBeginning, recorder } from '../../src/golang/inputs-recorder.ts';
import { inputsUnchanged } from '../../src/golang/inputs.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { write } from '../e2e/tiny.ts';

async function entries(from: string, to: string): Promise<readonly Entry[]> {
  const action = await filesAction([{ from, to }], 7);
  if (action.kind !== 'entries') throw new Error(action.kind);
  return action.entries();
}

it('keeps of the disk only what every machine has: names, content, links and the executable bit', async () => {
  const root = write(tempDir(), { 'tree/b': 'bb', 'tree/a/run': 'r' });
  chmodSync(path.join(root, 'tree', 'a', 'run'), 0o700);
  chmodSync(path.join(root, 'tree', 'b'), 0o664);
  symlinkSync('b', path.join(root, 'tree', 'link'));
  symlinkSync('tree', path.join(root, 'outer'));
  const found = await entries(path.join(root, 'outer'), '/srv/');
  const common = { uid: 0, gid: 0, mtime: 7, size: 0 };
  expect(found.map(({ content: _content, ...facts }) => facts)).toEqual([
    { ...common, path: 'srv', type: 'directory', mode: 0o755 },
    { ...common, path: 'srv/a', type: 'directory', mode: 0o755 },
    { ...common, path: 'srv/a/run', type: 'file', mode: 0o755, size: 1 },
    { ...common, path: 'srv/b', type: 'file', mode: 0o644, size: 2 },
    { ...common, path: 'srv/link', type: 'symlink', mode: 0o777, linkName: 'b' },
  ]);
});

it('gives no bytes for those of another moment: a layer under a wrong key would come back', async () => {
  const root = write(tempDir(), { file: 'before' });
  const [entry] = await entries(path.join(root, 'file'), '/file');
  writeFileSync(path.join(root, 'file'), 'after!');
  await expect(async () => {
    for await (const _ of entry?.content?.() ?? []);
  }).rejects.toThrow('changed while');
});

it('notices a change behind a link', async () => {
  const root = write(tempDir(), { 'one/file': '1' });
  const link = path.join(root, 'link');
  symlinkSync('one', link);
  const ctx = testCtx({ cwd: root });
  const record = recorder((await markBeginning(ctx)) + 1_000_000_000n);
  await recordTree(record, link);
  const inputs = record.finish();
  if (!inputs) throw new Error('not trusted');
  expect(await inputsUnchanged(ctx, inputs)).toBe(true);
  write(root, { 'one/file': 'x' });
  expect(await inputsUnchanged(ctx, inputs)).toBe('one/file changed');
});
