import { readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dockerfileOf, extractTo, readFileOf } from '../../../src/explain/explain.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import type { TestCtx } from '../../support/ctx.ts';
import { containing } from '../../support/containing.ts';
import { collect, directory, file, link } from '../../layer/support.ts';
import { explainImageAt, requestFor, writeDockerTar, writeIndex, writeLayout } from '../images.ts';
import type { TestImage } from '../images.ts';

const example: TestImage = {
  layers: [
    {
      entries: [
        directory('app', { mode: 0o750 }),
        file('app/config', 'old'),
        file('app/gone', 'gone'),
        file('app/tool', 'tool', { mode: 0o755 }),
        link('symlink', 'app/latest', '../app/./config'),
        link('symlink', 'etc', '/app/'),
        link('symlink', 'up', '../../../../app'),
        link('symlink', 'loop', 'loop'),
        link('symlink', 'outside', '/etc/../../../proc/version'),
        link('hardlink', 'app/tool-too', 'app/tool'),
        file('app/empty', ''),
      ],
    },
    {
      entries: [
        file('app/config', 'new'),
        file('app/.wh.gone', ''),
        directory('app/deep/er'),
        file('app/deep/er/x', 'x'),
      ],
    },
  ],
};

async function opened(): Promise<TestCtx> {
  const ctx = testCtx({ cwd: tempDir() });
  const archive = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example);
  writeFileSync(`${archive}.gz`, gzipSync(readFileSync(archive)));
  await writeLayout(path.join(ctx.cwd, 'layout'), example);
  return ctx;
}

test('an index without an image for this machine is explained by its first, with a warning', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  const own = (architecture: string): TestImage => ({
    architecture,
    layers: [{ entries: [file(architecture, 'x')] }],
  });
  await writeIndex(path.join(ctx.cwd, 'both'), [own('riscv64'), own('mips64le')]);
  expect(await explainImageAt(ctx, 'oci:both')).toMatchObject({ platform: 'linux/riscv64' });
  expect(ctx.events).toContainEqual({
    kind: 'warning',
    message: containing('explained is the one for linux/riscv64'),
    hint: containing('--platform'),
  });
  await expect(explainImageAt(ctx, 'oci:both', { platform: 'linux/s390x' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a packed archive is called what the user called it, not by its temporary copy', async () => {
  const ctx = await opened();
  const request = requestFor('image.tar.gz');
  const found = await explainImageAt(ctx, request.what);
  const said = [
    found.source,
    found.dockerfile,
    ...[found.trees.layers, found.trees.files].map((tree) => tree?.names[0]),
  ];
  expect(said.join('\n')).not.toContain(ctx.home);
  expect(found.trees.files?.names[0]).toBe('image.tar.gz');
  expect(await dockerfileOf(ctx, request)).toBe(found.dockerfile);
  await expect(collect(readFileOf(ctx, request, '/none'))).rejects.toThrow('image.tar.gz has no /none');
  await expect(extractTo(ctx, request, '/none', 'x')).rejects.toThrow('image.tar.gz has no /none');
});

describe('a file of an image', () => {
  test.each(['image.tar', 'oci:layout', 'image.tar.gz'])(
    'of %s is read as a container sees it, links followed inside',
    async (what) => {
      const ctx = await opened();
      const cat = async (name: string): Promise<string> =>
        (await collect(readFileOf(ctx, requestFor(what), name))).toString();
      for (const name of [
        '/app/config',
        'app/config',
        '/app/latest',
        '/etc/config',
        '/up/latest',
        'etc/../app/config',
      ])
        expect([name, await cat(name)]).toEqual([name, 'new']);
      expect(await cat('/app/tool-too')).toBe('tool');
      expect(await cat('/app/empty')).toBe('');
    },
  );

  test.each([
    ['/app/gone', 'NOT_FOUND', containing('has no /app/gone')],
    ['/app/confgi', 'NOT_FOUND', containing('has no')],
    ['/loop', 'NOT_FOUND', containing('is a symbolic link that leads to nothing')],
    ['/outside', 'NOT_FOUND', containing('leads to nothing')],
    ['/app', 'UNSUPPORTED', containing('directory')],
  ])('%s is refused', async (name, code, message) => {
    const ctx = await opened();
    const hint = name === '/app/confgi' ? 'Did you mean /app/config?' : containing('');
    await expect(collect(readFileOf(ctx, requestFor('image.tar'), name))).rejects.toMatchObject({
      code,
      message,
      hint,
    });
  });

  test('of a directory is read too, but not through a link that leads out of it', async () => {
    const ctx = await opened();
    const outside = tempDir();
    writeFileSync(path.join(outside, 'secret'), 'secret');
    await extractTo(ctx, requestFor('image.tar'), '/', 'all');
    expect((await collect(readFileOf(ctx, requestFor('./all'), '/app/config'))).toString()).toBe('new');
    await expect(collect(readFileOf(ctx, requestFor('./all'), '/outside'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('taking out', () => {
  test('a directory takes all that is in it, with modes, links and hard links', async () => {
    const ctx = await opened();
    await extractTo(ctx, requestFor('oci:layout'), '/app', 'out');
    const at = (name: string): string => path.join(ctx.cwd, 'out', name);
    expect(readFileSync(at('config'), 'utf8')).toBe('new');
    expect(readFileSync(at('deep/er/x'), 'utf8')).toBe('x');
    expect(readlinkSync(at('latest'))).toBe('../app/./config');
    expect(statSync(at('tool')).ino).toBe(statSync(at('tool-too')).ino);
    expect(statSync(at('tool')).mode & 0o777).toBe(0o755);
    expect(statSync(at('empty')).size).toBe(0);
    expect(() => statSync(at('gone'))).toThrow('ENOENT');
  });

  test('a file takes just that, under a new name or into a directory that is there', async () => {
    const ctx = await opened();
    await extractTo(ctx, requestFor('image.tar.gz'), '/app/tool', 'my-tool');
    await extractTo(ctx, requestFor('image.tar'), '/app/tool-too', '.');
    expect(readFileSync(path.join(ctx.cwd, 'my-tool'), 'utf8')).toBe('tool');
    expect(readFileSync(path.join(ctx.cwd, 'tool-too'), 'utf8')).toBe('tool');
  });

  test('of a damaged layer takes nothing', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    await writeLayout(path.join(ctx.cwd, 'layout'), {
      ...example,
      damage: (blob, layer) =>
        layer === 1 ? Buffer.from(blob.map((byte, at) => (at === 60 ? byte ^ 1 : byte))) : blob,
    });
    await expect(extractTo(ctx, requestFor('oci:layout'), '/app', 'out')).rejects.toMatchObject({
      message: containing('layer 2'),
    });
    await expect(collect(readFileOf(ctx, requestFor('oci:layout'), '/app/config'))).rejects.toThrow(
      'layer 2',
    );
  });
});
