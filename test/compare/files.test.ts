import { chmod, mkdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stageFiles } from '../../src/compare/files.ts';
import { tempDir } from '../support/ctx.ts';

test('files of a program are staged with the modes that coracle build gives them', async () => {
  const [from, to] = [tempDir(), path.join(tempDir(), 'files')];
  await mkdir(path.join(from, 'dir/sub'), { recursive: true, mode: 0o700 });
  await writeFile(path.join(from, 'dir/sub/run'), '#!/bin/sh\n', { mode: 0o700 });
  await writeFile(path.join(from, 'plain'), 'x');
  await chmod(path.join(from, 'plain'), 0o600);
  await symlink('run', path.join(from, 'dir/sub/link'));
  await stageFiles(
    [
      { from: path.join(from, 'dir'), to: '/dir' },
      { from: path.join(from, 'plain'), to: '/a' },
      { from: path.join(from, 'plain'), to: '/b', mode: 0o440 },
    ],
    to,
  );
  const modeOf = async (name: string): Promise<number> => (await stat(path.join(to, name))).mode & 0o7777;
  expect(await modeOf('0')).toBe(0o755);
  expect(await modeOf('0/sub/run')).toBe(0o755);
  expect(await modeOf('1')).toBe(0o644);
  expect(await modeOf('2')).toBe(0o440);
  expect(await readlink(path.join(to, '0/sub/link'))).toBe('run');
});
