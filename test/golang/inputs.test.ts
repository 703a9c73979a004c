import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { globMatcher, inputsUnchanged } from '../../src/golang/inputs.ts';
import type { Inputs } from '../../src/golang/inputs.ts';
import { collectInputs } from '../../src/golang/inputs-collect.ts';
import { markBeginning } from '../../src/golang/inputs-recorder.ts';
import { refreshInputs } from '../../src/golang/inputs-refresh.ts';
import { readVcs } from '../../src/golang/vcs.ts';
import type { GoCommand } from '../../src/golang/go-command.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { commitAll, git, goCommand, goMod, writeFiles } from './go-project.ts';

const app = {
  'go.mod': goMod('example.com/app'),
  'cmd/api/main.go': 'package main\n\nimport "example.com/app/internal/web"\n\nfunc main() { web.Serve() }\n',
  'internal/web/web.go':
    'package web\n\nimport _ "embed"\n\n//go:embed hello.txt\nvar hello string\n\nfunc Serve() { println(hello) }\n',
  'internal/web/hello.txt': 'hello',
  'internal/web/other_windows.go': 'package web\n',
  'internal/web/web_test.go': 'package web\n',
  'internal/unused/unused.go': 'package unused\n',
};

interface Project {
  readonly dir: string;
  readonly ctx: TestCtx;
  readonly go: GoCommand;
  collect(): Promise<Inputs | undefined>;
}

function project(
  files: Readonly<Record<string, string>> = app,
  at = 'cmd/api',
  options: Partial<GoCommand> = {},
  env = {},
): Project {
  const top = tempDir();
  const dir = writeFiles(path.join(top, 'src'), files);
  const ctx = testCtx({ cwd: dir, env: { GOENV: path.join(top, 'goenv'), ...env } });
  const go = goCommand(options);
  return {
    dir,
    ctx,
    go,
    async collect() {
      await sleep(25); // older than the kernel's clock tick
      const began = await markBeginning(ctx);
      return collectInputs(ctx, go, { cwd: path.join(dir, at), package: '.', began });
    },
  };
}

async function collected(made: Project): Promise<Inputs> {
  const inputs = await made.collect();
  if (!inputs) throw new Error('the inputs could not be recorded');
  // Plain data, as it will be kept.
  return structuredClone(inputs);
}

describe('inputsUnchanged', () => {
  test.each<[string, (dir: string) => void, string | true]>([
    ['nothing', () => undefined, true],
    [
      'a source file',
      (dir) => writeFiles(dir, { 'internal/web/web.go': 'package web\n' }),
      'internal/web/web.go changed',
    ],
    [
      'the main file by one byte, with its old times',
      (dir) => {
        const file = path.join(dir, 'cmd/api/main.go');
        const { atime, mtime } = statSync(file);
        writeFileSync(file, app['cmd/api/main.go'].replace('main()', 'mian()'));
        utimesSync(file, atime, mtime);
      },
      'cmd/api/main.go changed',
    ],
    [
      'an embedded file',
      (dir) => writeFiles(dir, { 'internal/web/hello.txt': 'hullo' }),
      'internal/web/hello.txt changed',
    ],
    [
      'a new file of a package',
      (dir) => writeFiles(dir, { 'internal/web/new.go': 'package web\n' }),
      'internal/web/new.go is new',
    ],
    ['a new assembly file', (dir) => writeFiles(dir, { 'internal/web/a.s': '' }), 'internal/web/a.s is new'],
    [
      'a file left out by its constraint',
      (dir) => writeFiles(dir, { 'internal/web/other_windows.go': 'package w\n' }),
      'internal/web/other_windows.go changed',
    ],
    [
      'a file removed',
      (dir) => unlinkSync(path.join(dir, 'internal/web/other_windows.go')),
      'internal/web/other_windows.go is gone',
    ],
    ['a test', (dir) => writeFiles(dir, { 'internal/web/web_test.go': 'package web // x\n' }), true],
    [
      'a new test and an editor’s swap file',
      (dir) => writeFiles(dir, { 'internal/web/new_test.go': 'x', 'internal/web/.web.go.swp': 'x' }),
      true,
    ],
    [
      'a package that is not used',
      (dir) => writeFiles(dir, { 'internal/unused/unused.go': 'package unused // x\n' }),
      true,
    ],
    ['go.mod', (dir) => writeFiles(dir, { 'go.mod': goMod('example.com/app', '// x\n') }), 'go.mod changed'],
    ['a go.sum that was not there', (dir) => writeFiles(dir, { 'go.sum': '' }), 'go.sum appeared'],
    [
      'a vendor folder',
      (dir) => writeFiles(dir, { 'vendor/modules.txt': '' }),
      'vendor/modules.txt appeared',
    ],
    [
      'a nested go.mod',
      (dir) => writeFiles(dir, { 'internal/go.mod': goMod('example.com/other') }),
      'internal/go.mod appeared',
    ],
    [
      'a go.work in a parent',
      (dir) => writeFiles(path.dirname(dir), { 'go.work': 'go 1.21\n' }),
      '../go.work appeared',
    ],
    [
      'the settings of go env -w',
      (dir) => writeFiles(path.dirname(dir), { goenv: 'GOFLAGS=-tags=x\n' }),
      '../goenv appeared',
    ],
    ['a profile', (dir) => writeFiles(dir, { 'cmd/api/default.pgo': '' }), 'cmd/api/default.pgo is new'],
    ['the mode of a file', (dir) => chmodSync(path.join(dir, 'go.mod'), 0o600), 'go.mod changed'],
  ])('sees what changed: %s', async (_, change, expected) => {
    const made = project();
    const inputs = await collected(made);
    change(made.dir);
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(expected);
  });

  test('sees a file put into an embedded directory, at any depth, but no hidden one', async () => {
    const made = project(
      {
        'go.mod': goMod('example.com/app'),
        'main.go':
          'package main\n\nimport "embed"\n\n//go:embed static templates/*.html all:dots\nvar files embed.FS\n\nfunc main() { _ = files }\n',
        'static/css/a.css': '',
        'static/empty/.keep': '',
        'templates/a.html': '',
        'dots/.env': '',
      },
      '.',
    );
    const inputs = await collected(made);
    writeFiles(made.dir, { 'static/css/.hidden': '', 'templates/notes.txt': '', 'README.md': '' });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    const found: Record<string, string | true> = {};
    for (const name of ['static/css/b.css', 'static/empty/x', 'templates/b.html', 'dots/.other']) {
      writeFiles(made.dir, { [name]: '' });
      found[name] = await inputsUnchanged(made.ctx, inputs);
      unlinkSync(path.join(made.dir, name));
    }
    expect(found).toEqual({
      'static/css/b.css': 'the files in static/css changed',
      'static/empty/x': 'the files in static/empty changed',
      'templates/b.html': 'the files in templates changed',
      'dots/.other': 'the files in dots changed',
    });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
  });

  test('looks through a symlinked source file', async () => {
    const made = project();
    const elsewhere = writeFiles(tempDir(), { 'real.go': 'package web\n' });
    symlinkSync(path.join(elsewhere, 'real.go'), path.join(made.dir, 'internal/web/linked.go'));
    const inputs = await collected(made);
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    writeFiles(elsewhere, { 'real.go': 'package web // other\n' });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('internal/web/linked.go changed');
  });

  test('knows modules replaced by a folder, used or not, and the modules of a workspace', async () => {
    const files = {
      'app/go.mod': goMod(
        'example.com/app',
        'require example.com/lib v1.0.0\nrequire example.com/idle v1.0.0\nreplace example.com/lib => ../lib\nreplace example.com/idle => ../idle\n',
      ),
      'app/main.go': 'package main\n\nimport "example.com/lib"\n\nfunc main() { lib.Do() }\n',
      'lib/go.mod': goMod('example.com/lib'),
      'lib/lib.go': 'package lib\n\nfunc Do() {}\n',
      'idle/go.mod': goMod('example.com/idle'),
    };
    const made = project(files, 'app', {}, { GOFLAGS: '-mod=mod' });
    const inputs = await collected(made);
    writeFiles(made.dir, { 'idle/go.mod': `${files['idle/go.mod']}// x\n` });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('idle/go.mod changed');
    writeFiles(made.dir, { 'lib/lib.go': 'package lib\n\nfunc Do() { println() }\n' });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('lib/lib.go changed');

    const workspace = project(
      {
        ...files,
        'app/go.mod': goMod('example.com/app'),
        'go.work': 'go 1.21\n\nuse ./app\nuse ./lib\nuse ./idle\n',
      },
      'app',
    );
    const more = await collected(workspace);
    expect(await inputsUnchanged(workspace.ctx, more)).toBe(true);
    writeFiles(workspace.dir, { 'idle/go.mod': `${files['idle/go.mod']}// x\n` });
    expect(await inputsUnchanged(workspace.ctx, more)).toBe('idle/go.mod changed');
    writeFiles(workspace.dir, { 'app/go.work': 'go 1.21\n' });
    expect(await inputsUnchanged(workspace.ctx, more)).toBe('app/go.work appeared');
  });

  test('knows the files of a vendor folder', async () => {
    const made = project(
      {
        'go.mod': goMod('example.com/app', '\nrequire example.com/dep v1.0.0\n'),
        'main.go': 'package main\n\nimport "example.com/dep"\n\nfunc main() { dep.Say() }\n',
        'vendor/modules.txt': '# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n',
        'vendor/example.com/dep/dep.go': 'package dep\n\nfunc Say() {}\n',
      },
      '.',
    );
    const inputs = await collected(made);
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    writeFiles(made.dir, { 'vendor/example.com/dep/dep.go': 'package dep\n\nfunc Say() { println() }\n' });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('vendor/example.com/dep/dep.go changed');
  });

  test('sees a new C library where it is linked in', async () => {
    const musl = tempDir();
    const wrapper = path.join(musl, 'gcc');
    writeFiles(musl, { gcc: `#!/bin/sh\nexec gcc "$@" -specs "${musl}/gcc.specs"\n`, 'libc.a': 'old' });
    chmodSync(wrapper, 0o755);
    const made = project(app, 'cmd/api', { cgo: 'static-musl', env: { CC: wrapper } });
    const inputs = await collected(made);
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    writeFiles(musl, { 'libc.a': 'new' });
    expect(await inputsUnchanged(made.ctx, inputs)).toContain('libc.a changed');
  });

  test('sees a directory swapped for another of the same names', async () => {
    const made = project();
    const inputs = await collected(made);
    const web = path.join(made.dir, 'internal/web');
    renameSync(web, `${web}.old`);
    mkdirSync(web);
    for (const name of ['web.go', 'hello.txt', 'other_windows.go', 'web_test.go'] as const) {
      writeFiles(web, { [name]: app[`internal/web/${name}`] });
    }
    expect(await inputsUnchanged(made.ctx, inputs)).not.toBe(true);
    rmSync(web, { recursive: true });
    expect(await inputsUnchanged(made.ctx, inputs)).toMatch(/is gone$/);
  });

  test('sees what git sees: a commit, a tag, an untracked file', async () => {
    const made = project();
    commitAll(made.dir);
    await sleep(25);
    const began = await markBeginning(made.ctx);
    const vcs = { dir: made.dir, state: await readVcs(made.ctx, made.dir) };
    const inputs = await collectInputs(made.ctx, made.go, {
      cwd: path.join(made.dir, 'cmd/api'),
      package: '.',
      began,
      vcs,
    });
    if (!inputs) throw new Error('not recorded');
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    writeFiles(made.dir, { NOTES: 'untracked' });
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('the git state of . changed');
    unlinkSync(path.join(made.dir, 'NOTES'));
    expect(await inputsUnchanged(made.ctx, inputs)).toBe(true);
    git(made.dir, 'tag', 'v1.0.0');
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('the git state of . changed');
    git(made.dir, 'tag', '-d', 'v1.0.0');
    git(made.dir, 'commit', '-q', '--allow-empty', '-m', 'second');
    expect(await inputsUnchanged(made.ctx, inputs)).toBe('the git state of . changed');
  });
});

describe('collectInputs', () => {
  test('records nothing when a file changed after the build began', async () => {
    const made = project();
    const began = await markBeginning(made.ctx);
    await sleep(25);
    writeFiles(made.dir, { 'internal/web/hello.txt': 'late' });
    const at = { cwd: path.join(made.dir, 'cmd/api'), package: '.', began };
    expect(await collectInputs(made.ctx, made.go, at)).toBeUndefined();
  });

  test('records nothing when a file was removed from a package after the build began', async () => {
    const made = project();
    const began = await markBeginning(made.ctx);
    await sleep(25);
    unlinkSync(path.join(made.dir, 'internal/web/other_windows.go'));
    const at = { cwd: path.join(made.dir, 'cmd/api'), package: '.', began };
    expect(await collectInputs(made.ctx, made.go, at)).toBeUndefined();
  });

  test('records nothing when the packages do not load, or a program of the user takes part', async () => {
    const broken = project({
      ...app,
      'cmd/api/main.go': 'package main\n\nimport _ "example.com/app/none"\n\nfunc main() {}\n',
    });
    expect(await broken.collect()).toBeUndefined();
    expect(await project(app, 'cmd/api', { flags: ['-toolexec=/bin/true'] }).collect()).toBeUndefined();
  });

  test('leaves out the standard library and the module cache', async () => {
    const made = project();
    const inputs = await collected(made);
    expect(
      inputs.files.map(([dir]) => dir).filter((dir) => dir.startsWith(path.join(made.dir))),
    ).toHaveLength(3);
    expect(JSON.stringify(inputs)).not.toContain('/src/runtime');
  });
});

describe('refreshInputs', () => {
  const refresh = async (made: Project, inputs: Inputs): Promise<Inputs | undefined> => {
    await sleep(25);
    return refreshInputs(inputs, { began: await markBeginning(made.ctx) });
  };

  test('renews the facts when the body of a function changed, without the go command', async () => {
    const made = project();
    const inputs = await collected(made);
    writeFiles(made.dir, {
      'internal/web/web.go': app['internal/web/web.go'].replace('println(hello)', 'println(hello, hello)'),
      'internal/web/hello.txt': 'changed too',
    });
    const renewed = await refresh(made, inputs);
    if (!renewed) throw new Error('not renewed');
    expect(await inputsUnchanged(made.ctx, renewed)).toBe(true);
    expect(renewed).toEqual(await made.collect());
  });

  test.each<[string, Record<string, string>]>([
    [
      'imports',
      { 'cmd/api/main.go': 'package main\n\nimport _ "example.com/app/internal/unused"\n\nfunc main() {}\n' },
    ],
    ['constraints', { 'internal/web/other_windows.go': '//go:build linux\n\npackage web\n' }],
    ['embed patterns', { 'internal/web/web.go': app['internal/web/web.go'].replace('hello.txt', '*.txt') }],
    ['the files of a package', { 'internal/web/new.go': 'package web\n' }],
    ['go.mod', { 'go.mod': goMod('example.com/app', '// x\n') }],
    ['what was absent', { 'go.sum': '' }],
  ])('asks for a new list when something else changed: %s', async (_, change) => {
    const made = project();
    const inputs = await collected(made);
    writeFiles(made.dir, change);
    expect(await refresh(made, inputs)).toBeUndefined();
  });
});

test.each([
  ['*.html', ['a.html', '.html'], ['a.htm', 'xhtml']],
  ['a?c', ['abc'], ['ac', 'abbc']],
  ['[a-c]x', ['ax', 'cx'], ['dx']],
  ['[^a-c]x', ['dx'], ['ax']],
  [String.raw`\*x`, ['*x'], ['ax']],
  ['a+b.(c)', ['a+b.(c)'], ['aab.(c)', 'a+bx(c)']],
])('the pattern %s matches as path.Match does', (pattern, yes, no) => {
  const matches = globMatcher(pattern);
  expect(yes.filter(matches)).toEqual(yes);
  expect(no.filter(matches)).toEqual([]);
});
