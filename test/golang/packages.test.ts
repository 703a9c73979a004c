import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findMains, programName } from '../../src/golang/packages.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { goCommand, goMod, tinyMain, writeFiles } from './go-project.ts';

/** A go command that must not be run. */
const noGo = goCommand({
  toolchain: async () => {
    throw new Error('the go command was asked');
  },
});

const several = {
  'go.mod': goMod('example.com/m'),
  'lib.go': 'package m\n',
  'cmd/api/main.go': tinyMain,
  'cmd/worker/main.go': tinyMain,
  'internal/x/x.go': 'package x\n',
  'internal/x/gen.go': '//go:build ignore\n\npackage main\n\nfunc main() {}\n',
};

describe('findMains', () => {
  test('reads a plain directory without the go command', async () => {
    const dir = writeFiles(tempDir(), several);
    const [main, ...more] = await findMains(testCtx(), noGo, dir, ['./cmd/api']);
    expect(more).toEqual([]);
    expect(main).toEqual({
      importPath: 'example.com/m/cmd/api',
      name: 'api',
      dir: path.join(dir, 'cmd/api'),
      cwd: path.join(dir, 'cmd/api'),
      package: '.',
      module: { path: 'example.com/m', dir, goMod: path.join(dir, 'go.mod') },
    });
    expect(await findMains(testCtx(), noGo, path.join(dir, 'cmd/api'), ['.'])).toEqual([main]);
    expect(await findMains(testCtx(), noGo, tempDir(), [path.join(dir, 'cmd/api')])).toEqual([main]);
    expect(await findMains(testCtx(), noGo, dir, ['cmd/api'])).toEqual([main]);
  });

  test('asks the go command about patterns and import paths', async () => {
    const dir = writeFiles(tempDir(), several);
    const names = async (...patterns: string[]) =>
      (await findMains(testCtx(), goCommand(), dir, patterns)).map(
        ({ importPath, package: name }) => `${importPath} ${name}`,
      );
    const both = ['example.com/m/cmd/api .', 'example.com/m/cmd/worker .'];
    expect(await names('./...')).toEqual(both);
    expect(await names('./cmd/...')).toEqual(both);
    expect(await names('example.com/m/cmd/...')).toEqual(both);
    expect(await names('example.com/m/cmd/api')).toEqual([both[0]]);
    expect(await names('./cmd/...', './cmd/api')).toEqual(both);
  });

  test('runs a pattern inside the module that begins below', async () => {
    const dir = tempDir();
    writeFiles(path.join(dir, 'services'), several);
    const found = await findMains(testCtx(), goCommand(), dir, ['./services/cmd/...']);
    expect(found.map(({ name }) => name)).toEqual(['api', 'worker']);
  });

  test('finds programs of a required module in the vendor folder', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': goMod('example.com/app', '\nrequire example.com/tool v1.0.0\n'),
      'tools.go': '//go:build tools\n\npackage app\n\nimport _ "example.com/tool/cmd/run"\n',
      'vendor/modules.txt': '# example.com/tool v1.0.0\n## explicit; go 1.21\nexample.com/tool/cmd/run\n',
      'vendor/example.com/tool/cmd/run/main.go': tinyMain,
    });
    const [main] = await findMains(testCtx(), goCommand(), dir, ['example.com/tool/cmd/run']);
    expect(main).toMatchObject({
      importPath: 'example.com/tool/cmd/run',
      name: 'run',
      cwd: dir,
      package: 'example.com/tool/cmd/run',
    });
  });

  test('knows files that do not belong to the build', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': goMod('example.com/app'),
      'a_windows.go': 'package other\n',
      'b_test.go': 'package app_test\n',
      'c.go':
        '// Copyright\n\n/* build */\n//go:build (linux && !cgo) || never\n\n// Package main is a program.\npackage main\n\nfunc main() {}\n',
      'd.go': '//go:build ignore\n\npackage generator\n',
    });
    expect(await findMains(testCtx(), noGo, dir, ['.'])).toHaveLength(1);
    const cgo = await failure(findMains(testCtx(), { ...noGo, cgo: 'dynamic' }, dir, ['.']));
    expect(cgo.code).toBe('NO_MAIN_PACKAGE');
    expect(
      await findMains(testCtx({ env: { GOFLAGS: '-tags=never' } }), { ...noGo, cgo: 'dynamic' }, dir, ['.']),
    ).toHaveLength(1);
    expect(await findMains(testCtx(), { ...noGo, cgo: 'dynamic', tags: ['never'] }, dir, ['.'])).toHaveLength(
      1,
    );
  });

  test('finds the module of a workspace', async () => {
    const dir = writeFiles(tempDir(), {
      'go.work': 'go 1.21\n\nuse ./a\nuse ./b\n',
      'a/go.mod': goMod('example.com/a'),
      'a/main.go': tinyMain,
      'b/go.mod': goMod('example.com/b'),
      'b/cmd/two/main.go': tinyMain,
    });
    const a = await findMains(testCtx(), noGo, dir, ['./a']);
    const b = await findMains(testCtx(), goCommand(), dir, ['./b/...']);
    expect([...a, ...b].map(({ importPath }) => importPath)).toEqual([
      'example.com/a',
      'example.com/b/cmd/two',
    ]);
  });
});

describe('what is no program', () => {
  test('a library with programs below names them', async () => {
    const dir = writeFiles(tempDir(), several);
    const error = await failure(findMains(testCtx({ cwd: dir }), noGo, dir, ['.']));
    expect(error.code).toBe('NO_MAIN_PACKAGE');
    expect(error.message).toBe('. holds package m, not main');
    expect(error.hint).toBe('Try ./cmd/api. There are 2 below it: cmd/api, cmd/worker.');
  });

  test('a directory without Go files, without any programs', async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/m'), 'internal/x.go': 'package x\n' });
    const error = await failure(findMains(testCtx({ cwd: dir }), noGo, dir, ['.']));
    expect(error.message).toBe('. holds no Go files for linux/amd64');
    expect(error.hint).toContain('main package');
  });

  test('a pattern of libraries says which there are', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': goMod('example.com/m'),
      'x/x.go': 'package x\n',
      'y/y.go': 'package y\n',
    });
    const error = await failure(findMains(testCtx({ cwd: dir }), goCommand(), dir, ['./...']));
    expect(error.code).toBe('NO_MAIN_PACKAGE');
    expect(error.message).toContain('example.com/m/x, example.com/m/y');
    const none = await failure(
      findMains(testCtx({ cwd: dir }), goCommand(), path.join(dir, 'x'), ['./nothing...']),
    );
    expect(none.message).toContain('matches no packages');
  });

  test('a directory in no module, with modules below', async () => {
    const dir = tempDir();
    writeFiles(path.join(dir, 'svc'), several);
    const error = await failure(findMains(testCtx({ cwd: dir }), noGo, dir, ['.']));
    expect(error.code).toBe('NO_GO_MOD');
    expect(error.hint).toContain('./svc/cmd/api');
  });

  test('a path that is not there, and a package that nobody has', async () => {
    const dir = writeFiles(tempDir(), several);
    expect((await failure(findMains(testCtx(), noGo, dir, ['./nowhere']))).code).toBe('NOT_FOUND');
    const ctx = testCtx({ env: { GOPROXY: 'off' } });
    const error = await failure(findMains(ctx, goCommand(), dir, ['example.com/other/cmd']));
    expect(error.code).toBe('GO_MODULE');
    expect(error.hint).toContain('go get example.com/other/cmd');
  });

  test('a go.mod that is broken shows the place', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': 'module example.com/m\n\nrequire (\n',
      'main.go': tinyMain,
    });
    mkdirSync(path.join(dir, 'x'));
    const error = await failure(findMains(testCtx(), noGo, dir, ['.']));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.where?.file).toBe(path.join(dir, 'go.mod'));
  });
});

test.each([
  ['example.com/m/cmd/api', 'api'],
  ['github.com/caddyserver/caddy/v2', 'caddy'],
  ['github.com/caddyserver/caddy/v2/cmd/caddy', 'caddy'],
  ['gopkg.in/yaml.v3', 'yaml'],
  ['app', 'app'],
  ['example.com/v1', 'v1'],
])('the program of %s is called %s', (importPath, name) => {
  expect(programName(importPath)).toBe(name);
});
