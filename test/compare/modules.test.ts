import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stageModules } from '../../src/compare/modules.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { programFor } from './program-fixture.ts';

test('modules are laid out as a proxy has them, those of go.sum alone', async () => {
  const [project, cache, target] = [tempDir(), tempDir(), path.join(tempDir(), 'modules')];
  const put = async (name: string, text: string): Promise<void> => {
    const file = path.join(cache, 'cache/download', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await put('github.com/!burnt!sushi/toml/@v/v1.0.0.zip', 'zip');
  await put('github.com/!burnt!sushi/toml/@v/v1.0.0.mod', 'mod');
  await put('example.com/other/@v/v1.0.0.zip', 'of another program');
  await put('example.com/graph/@v/v1.0.0.mod', 'only its go.mod counts');
  await writeFile(
    path.join(project, 'go.sum'),
    'github.com/BurntSushi/toml v1.0.0 h1:x=\ngithub.com/BurntSushi/toml v1.0.0/go.mod h1:x=\nexample.com/graph v1.0.0/go.mod h1:x=\nexample.com/../../x v1.0.0 h1:x=\n',
  );
  const ctx = testCtx({ env: { GOMODCACHE: cache, GOENV: 'off' } });
  await stageModules(ctx, programFor({ context: project }), target);
  const files = (await readdir(target, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(target, path.join(entry.parentPath, entry.name)))
    .sort();
  expect(files).toEqual([
    'example.com/graph/@v/v1.0.0.mod',
    'github.com/!burnt!sushi/toml/@v/v1.0.0.mod',
    'github.com/!burnt!sushi/toml/@v/v1.0.0.zip',
  ]);
  expect(await readFile(path.join(target, files[2] ?? ''), 'utf8')).toBe('zip');
});
