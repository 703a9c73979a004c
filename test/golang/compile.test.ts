import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ToolError } from '../../src/core/errors.ts';
import { compile } from '../../src/golang/compile.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { commitAll, compileRequest, gitEnv, goMod, hostGo, tinyMain, writeFiles } from './go-project.ts';

function buildInfo(file: string): string {
  return execFileSync(hostGo().go, ['version', '-m', file], { encoding: 'utf8' });
}

function run(file: string): string {
  return execFileSync(file, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const greeting = `package main

import "os"

var version = "none"

func main() { os.Stdout.WriteString(version) }
`;

describe('compile', () => {
  test('gives the same bytes in any directory, for any user, without a trace of either', async () => {
    const files = { 'go.mod': goMod('example.com/app'), 'main.go': greeting };
    const one = writeFiles(path.join(tempDir(), 'alice'), files);
    const two = writeFiles(path.join(tempDir(), 'b', 'o', 'b'), files);
    const alice = testCtx({ env: { GOFLAGS: '-buildvcs=false' } });
    const bob = testCtx({
      env: { GOFLAGS: '', USER: 'bob', GOTMPDIR: tempDir(), GOBIN: '/nowhere', GOOS: 'darwin' },
    });
    await compile(alice, compileRequest(one));
    await compile(bob, compileRequest(two));
    const bytes = readFileSync(path.join(one, 'out.bin'));
    expect(bytes.equals(readFileSync(path.join(two, 'out.bin')))).toBe(true);
    expect(bytes.includes(one)).toBe(false);
    expect(bytes.includes(hostGo().goroot)).toBe(false);
    expect(run(path.join(one, 'out.bin'))).toBe('none');
  });

  test('leaves no temporary files, neither after success nor after failure', async () => {
    const ctx = testCtx();
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    await compile(ctx, compileRequest(dir));
    writeFiles(dir, { 'main.go': 'package main\nfunc main() { x }\n' });
    await failure(compile(ctx, compileRequest(dir)));
    expect(readdirSync(path.join(ctx.home, 'tmp'))).toEqual([]);
  });

  test('strips unless told otherwise', async () => {
    const ctx = testCtx();
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    await compile(ctx, compileRequest(dir, { output: path.join(dir, 'small') }));
    await compile(ctx, compileRequest(dir, { output: path.join(dir, 'large'), strip: false }));
    const [small, large] = [readFileSync(path.join(dir, 'small')), readFileSync(path.join(dir, 'large'))];
    expect(large.includes('.symtab')).toBe(true);
    expect(small.includes('.symtab')).toBe(false);
    expect(large.includes('Go build ID')).toBe(false);
  });

  test('adds the linker flags of the user to its own, whether from the config or from GOFLAGS; the config wins', async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': greeting });
    const ctx = testCtx({ env: { GOFLAGS: "'-ldflags=-X main.version=ambient'" } });
    await compile(ctx, compileRequest(dir));
    expect(run(path.join(dir, 'out.bin'))).toBe('ambient');
    expect(readFileSync(path.join(dir, 'out.bin')).includes('.symtab')).toBe(false);
    await compile(ctx, compileRequest(dir, { ldflags: ['-X main.version=said'] }));
    expect(run(path.join(dir, 'out.bin'))).toBe('said');
    await compile(ctx, compileRequest(dir, { flags: ['-ldflags', "-X 'main.version=with space'"] }));
    expect(run(path.join(dir, 'out.bin'))).toBe('with space');
    await compile(ctx, compileRequest(dir, { flags: ['-ldflags=all=-X main.version=pattern'] }));
    expect(run(path.join(dir, 'out.bin'))).toBe('pattern');
    expect(readFileSync(path.join(dir, 'out.bin')).includes('.symtab')).toBe(false);
  });

  test('keeps tags of GOFLAGS until tags are said', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': goMod('example.com/app'),
      'main.go': greeting,
      'one.go': '//go:build one\n\npackage main\n\nfunc init() { version += "+one" }\n',
      'two.go': '//go:build two\n\npackage main\n\nfunc init() { version += "+two" }\n',
    });
    const ctx = testCtx({ env: { GOFLAGS: '-tags=one' } });
    await compile(ctx, compileRequest(dir));
    expect(run(path.join(dir, 'out.bin'))).toBe('none+one');
    await compile(ctx, compileRequest(dir, { tags: ['two'] }));
    expect(run(path.join(dir, 'out.bin'))).toBe('none+two');
    await compile(ctx, compileRequest(dir, { tags: ['two'], flags: ['-tags=one'] }));
    expect(run(path.join(dir, 'out.bin'))).toBe('none+one+two');
  });

  test('honours GOFLAGS=-mod=vendor and a vendor folder', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': goMod('example.com/app', '\nrequire example.com/dep v1.0.0\n'),
      'main.go': 'package main\n\nimport "example.com/dep"\n\nfunc main() { dep.Say() }\n',
      'vendor/modules.txt': '# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n',
      'vendor/example.com/dep/dep.go': 'package dep\n\nfunc Say() { println("vendored") }\n',
    });
    await compile(testCtx({ env: { GOFLAGS: '-mod=vendor', GOPROXY: 'off' } }), compileRequest(dir));
    await compile(testCtx({ env: { GOPROXY: 'off' } }), compileRequest(dir));
    expect(buildInfo(path.join(dir, 'out.bin'))).toContain('example.com/dep');
  });

  test('compiles for other platforms, with their variants', async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    await compile(
      testCtx(),
      compileRequest(dir, { platform: { os: 'linux', architecture: 'arm', variant: 'v6' } }),
    );
    expect(buildInfo(path.join(dir, 'out.bin'))).toMatch(/GOARCH=arm\n[\s\S]*GOARM=6/);
    const amd64 = { os: 'linux', architecture: 'amd64' };
    await compile(testCtx({ env: { GOAMD64: 'v2' } }), compileRequest(dir, { platform: amd64 }));
    expect(buildInfo(path.join(dir, 'out.bin'))).toContain('GOAMD64=v2');
    await compile(
      testCtx({ env: { GOAMD64: 'v2' } }),
      compileRequest(dir, { platform: amd64, env: { GOAMD64: 'v1' } }),
    );
    expect(buildInfo(path.join(dir, 'out.bin'))).toContain('GOAMD64=v1');
  });

  test('refuses what could not run on the platform, and platforms that Go does not know', async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    const above = await failure(
      compile(
        testCtx(),
        compileRequest(dir, {
          platform: { os: 'linux', architecture: 'arm', variant: 'v5' },
          env: { GOARM: '7' },
        }),
      ),
    );
    expect(above.code).toBe('CONFIG_INVALID');
    expect(above.message).toContain('GOARM=7');
    const unknown = await failure(
      compile(testCtx(), compileRequest(dir, { platform: { os: 'linux', architecture: 'vax' } })),
    );
    expect(unknown.code).toBe('UNSUPPORTED');
    expect(unknown.hint).toContain('linux/riscv64');
  });

  test('works without HOME', async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    const env = Object.fromEntries(
      ['HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'GOCACHE', 'GOPATH', 'GOMODCACHE'].map((name) => [
        name,
        undefined,
      ]),
    );
    const ctx = testCtx({ env });
    await compile(ctx, compileRequest(dir));
    expect(existsSync(path.join(ctx.home, 'go', 'build'))).toBe(true);
  });
});

describe('the VCS stamp', () => {
  const files = { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain, '.gitignore': 'out.bin\n' };

  test('is made when asked for, whatever GOFLAGS says, and left out when not', async () => {
    const dir = writeFiles(tempDir(), files);
    commitAll(dir);
    await compile(testCtx({ env: { GOFLAGS: '-buildvcs=false' } }), compileRequest(dir, { vcs: true }));
    expect(buildInfo(path.join(dir, 'out.bin'))).toMatch(
      /vcs\.revision=[0-9a-f]{40}\n[\s\S]*vcs\.modified=false/,
    );
    await compile(testCtx({ env: { GOFLAGS: '-buildvcs=true' } }), compileRequest(dir, { vcs: false }));
    expect(buildInfo(path.join(dir, 'out.bin'))).not.toContain('vcs.revision');
  });

  test('does not depend on whether the git config of the user hides untracked files', async () => {
    const dir = writeFiles(tempDir(), files);
    commitAll(dir);
    writeFiles(dir, { NOTES: 'not tracked' });
    const config = path.join(writeFiles(tempDir(), { c: '[status]\n\tshowUntrackedFiles = no\n' }), 'c');
    await compile(
      testCtx({ env: { ...gitEnv, GIT_CONFIG_GLOBAL: config } }),
      compileRequest(dir, { vcs: true }),
    );
    expect(buildInfo(path.join(dir, 'out.bin'))).toContain('vcs.modified=true');
  });

  test('is simply missing where there is no repository', async () => {
    const dir = writeFiles(tempDir(), files);
    await compile(testCtx(), compileRequest(dir, { vcs: true }));
    expect(buildInfo(path.join(dir, 'out.bin'))).not.toContain('vcs.');
  });
});

describe('a failed compile', () => {
  async function compileError(
    files: Record<string, string>,
    env: Record<string, string> = {},
    ctx: TestCtx = testCtx({ env }),
  ): Promise<ToolError> {
    const dir = writeFiles(tempDir(), files);
    return failure(compile(ctx, compileRequest(dir)));
  }

  test("says where, with Go's own lines unchanged", async () => {
    const error = await compileError({
      'go.mod': goMod('example.com/app'),
      'main.go': 'package main\n\nfunc main() {\n\tx := missing()\n}\n',
    });
    expect(error.code).toBe('GO_COMPILE');
    expect(error.detail).toBe(
      '# example.com/app\n./main.go:4:2: declared and not used: x\n./main.go:4:7: undefined: missing',
    );
    expect(error.where).toMatchObject({ line: 4, column: 2 });
    expect(path.isAbsolute(error.where?.file ?? '')).toBe(true);
  });

  test('for a package of no required module names the package and go get', async () => {
    const error = await compileError(
      {
        'go.mod': goMod('example.com/app'),
        'main.go': 'package main\n\nimport _ "example.com/nowhere/pkg"\n\nfunc main() {}\n',
      },
      { GOPROXY: 'off' },
    );
    expect(error.code).toBe('GO_MODULE');
    expect(error.hint).toContain('go get example.com/nowhere/pkg');
  });

  test('for a missing line of go.sum says go mod tidy', async () => {
    const error = await compileError(
      {
        'go.mod': goMod('example.com/app', '\nrequire rsc.io/quote v1.5.2\n'),
        'main.go': 'package main\n\nimport _ "rsc.io/quote"\n\nfunc main() {}\n',
      },
      { GOPROXY: 'off' },
    );
    expect(error.code).toBe('GO_MODULE');
    expect(error.hint).toContain('go mod tidy');
  });

  test('for a proxy that is down is a network error that hides the password', async () => {
    const error = await compileError(
      {
        'go.mod': goMod('example.com/app', '\nrequire example.com/dep v1.0.0\n'),
        'main.go': 'package main\n\nimport _ "example.com/dep"\n\nfunc main() {}\n',
        'go.sum':
          'example.com/dep v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.com/dep v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
      },
      { GOPROXY: 'https://me:hunter2@127.0.0.1:9/', GOMODCACHE: tempDir() },
    );
    expect(error.code).toBe('NETWORK');
    expect(`${error.message}${error.detail}${error.hint}`).not.toContain('hunter2');
  });

  test('for a module that does not match go.sum is a checksum mismatch', async () => {
    const proxy = tempDir();
    writeFiles(proxy, {
      'example.com/dep/@v/v1.0.0.info': '{"Version":"v1.0.0"}',
      'example.com/dep/@v/v1.0.0.mod': 'module example.com/dep\n',
    });
    const error = await compileError(
      {
        'go.mod': goMod('example.com/app', '\nrequire example.com/dep v1.0.0\n'),
        'main.go': 'package main\n\nimport _ "example.com/dep"\n\nfunc main() {}\n',
        'go.sum':
          'example.com/dep v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.com/dep v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
      },
      { GOPROXY: `file://${proxy}`, GOMODCACHE: path.join(tempDir(), 'm') },
    );
    expect(error.code).toBe('CHECKSUM_MISMATCH');
    expect(error.detail).toContain('example.com/dep@v1.0.0');
  });

  test('for a go.mod that asks for a newer Go names the version', async () => {
    const error = await compileError({
      'go.mod': 'module example.com/app\n\ngo 1.99.3\n',
      'main.go': tinyMain,
    });
    expect(error.code).toBe('GO_MODULE');
    expect(error.hint).toContain('--go-version 1.99.3');
  });

  test("refuses flags that are not the user's to set", async () => {
    const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': tinyMain });
    const error = await failure(compile(testCtx(), compileRequest(dir, { flags: ['-o', 'x'] })));
    expect(error.code).toBe('CONFIG_INVALID');
    expect((await failure(compile(testCtx(), compileRequest(dir, { flags: ['race'] })))).code).toBe(
      'CONFIG_INVALID',
    );
  });
});

test('an interrupt ends the compiler and removes its work', async () => {
  const ctx = testCtx();
  const dir = writeFiles(tempDir(), { 'go.mod': goMod('example.com/app'), 'main.go': greeting });
  mkdirSync(ctx.home, { recursive: true });
  const building = compile(ctx, compileRequest(dir, { env: { GOCACHE: tempDir() } }));
  setTimeout(() => ctx.abort(new Error('stop')), 150);
  await expect(building).rejects.toThrow('stop');
  expect(readdirSync(path.join(ctx.home, 'tmp'))).toEqual([]);
});
