import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readTarget } from '../../src/build/target.ts';
import { tempDir } from '../support/ctx.ts';

function project(): string {
  const directory = tempDir();
  mkdirSync(path.join(directory, 'cmd/api'), { recursive: true });
  writeFileSync(path.join(directory, 'cmd/api/Dockerfile'), 'FROM scratch\n');
  return directory;
}

test('a directory, a pattern and a package are local', async () => {
  const cwd = project();
  expect(await readTarget('.', cwd)).toEqual({ kind: 'local', directory: cwd, patterns: ['.'] });
  expect(await readTarget('./cmd/...', cwd)).toEqual({
    kind: 'local',
    directory: path.join(cwd, 'cmd'),
    patterns: ['./...'],
  });
  expect(await readTarget('./...', cwd)).toEqual({
    kind: 'local',
    directory: cwd,
    patterns: ['./...'],
  });
  expect(await readTarget('example.com/m/cmd', cwd)).toEqual({
    kind: 'local',
    directory: cwd,
    patterns: ['example.com/m/cmd'],
  });
});

test.each(['github.com/a/b@v1.2.3', 'go.etcd.io/etcd/server/v3@latest', 'example.com/x@main'])(
  '%s is a module',
  async (what) => {
    expect(await readTarget(what, '/')).toEqual({ kind: 'module', query: what });
  },
);

test.each(['a@b@c', './x@v1', 'x@v1', 'github.com/a/b@'])('%s is neither', async (what) => {
  await expect(readTarget(what, '/')).rejects.toMatchObject({ code: 'USAGE' });
});

test('a path that is not there is an error that says so', async () => {
  await expect(readTarget('./nothing', project())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(readTarget('./cmd/api/Dockerfile', project())).rejects.toThrow(/is a file/);
});
