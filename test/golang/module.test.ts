import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/golang/compile.ts';
import { readGoEnv } from '../../src/golang/goenv.ts';
import { collectInputs } from '../../src/golang/inputs-collect.ts';
import { markBeginning } from '../../src/golang/inputs-recorder.ts';
import { prepareModule, resolveModule } from '../../src/golang/module.ts';
import type { PreparedModule, ResolvedModule } from '../../src/golang/module.ts';
import { candidatesOf, matchesPrefix, parseModuleQuery, versionFor } from '../../src/golang/module-path.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { fileProxy } from './support/file-proxy.ts';
import type { Modules } from './support/file-proxy.ts';
import {
  commitAll,
  compileRequest,
  git,
  gitEnv,
  goCommand,
  hostGo,
  tinyMain,
  writeFiles,
} from './go-project.ts';

const say = (text: string) => `package say\n\nfunc Say() { print("${text}") }\n`;

const modules: Modules = {
  'example.com/tool@v1.0.0': {
    'go.mod': `module example.com/tool

go 1.21

require example.com/say v1.0.0

require example.com/sub v1.0.0

replace example.com/say => example.com/fork v1.1.0

replace example.com/sub => ./sub
`,
    'cmd/run/main.go':
      'package main\n\nimport (\n\t"example.com/say"\n\tsub "example.com/sub"\n)\n\nfunc main() {\n\tsay.Say()\n\tsub.Say()\n}\n',
    'lib/lib.go': 'package lib\n',
  },
  'example.com/say@v1.0.0': { 'go.mod': 'module example.com/say\n\ngo 1.21\n', 'say.go': say('original ') },
  'example.com/fork@v1.1.0': { 'go.mod': 'module example.com/say\n\ngo 1.21\n', 'say.go': say('fork ') },
  'example.com/sub@v1.0.0': { 'go.mod': 'module example.com/sub\n\ngo 1.21\n', 'sub.go': say('published') },
};

/** A go command that must not be run. */
const noGo = goCommand({
  toolchain: async () => {
    throw new Error('the go command was asked');
  },
});

function ctxWith(proxy: string, env: Record<string, string> = {}): TestCtx {
  const own = {
    GOPROXY: proxy,
    GOSUMDB: 'off',
    GOMODCACHE: path.join(tempDir(), 'mod'),
    GOFLAGS: '',
    GONOPROXY: '',
    GOPRIVATE: '',
  };
  return testCtx({ env: { ...own, ...env } });
}

async function resolve(ctx: TestCtx, query: string, go = noGo): Promise<ResolvedModule> {
  return resolveModule(ctx, await readGoEnv(ctx), go, query);
}

async function build(ctx: TestCtx, prepared: PreparedModule, output: string): Promise<string> {
  const { cwd, package: name, flags, env } = prepared;
  await compile(ctx, compileRequest(cwd, { package: name, flags, env, output }));
  return execFileSync(output, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

describe('a program of a published module', () => {
  test('is built from a proxy that has its exact version, but no lists', async () => {
    const ctx = ctxWith(fileProxy(tempDir(), modules), { GOFLAGS: '-mod=vendor' });
    const resolved = await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0');
    expect(resolved).toMatchObject({
      module: 'example.com/tool',
      version: 'v1.0.0',
      go: '1.21',
      epoch: 1714979289,
    });
    const prepared = await prepareModule(ctx, resolved, goCommand());
    expect(prepared.name).toBe('run');
    expect(prepared.notes).toHaveLength(2);
    expect(prepared.notes.join('\n')).toMatch(/fork v1\.1\.0: honoured[\s\S]*\.\/sub: dropped/);
    const output = path.join(tempDir(), 'run');
    await build(ctx, prepared, output);
    const said = execFileSync('/bin/sh', ['-c', `${output} 2>&1`], { encoding: 'utf8' });
    expect(said).toBe('fork published');
    const info = execFileSync(hostGo().go, ['version', '-m', output], { encoding: 'utf8' });
    expect(info).toMatch(/path\texample\.com\/tool\/cmd\/run\n/);
    expect(info).toMatch(/mod\texample\.com\/tool\tv1\.0\.0\th1:/);
    expect(info).toMatch(/=>\texample\.com\/fork\tv1\.1\.0/);
  });

  test('gives the same bytes from any home', async () => {
    const proxy = fileProxy(tempDir(), modules);
    const builds: Buffer[] = [];
    for (let at = 0; at < 2; at++) {
      const ctx = ctxWith(proxy);
      const prepared = await prepareModule(
        ctx,
        await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0'),
        goCommand(),
      );
      const output = path.join(tempDir(), 'run');
      await build(ctx, prepared, output);
      builds.push(readFileSync(output));
      expect(readFileSync(output).includes(ctx.home)).toBe(false);
    }
    expect(builds[0]?.equals(builds[1] ?? Buffer.of())).toBe(true);
  });

  test('is prepared once: a second time nothing is run and nothing fetched', async () => {
    const ctx = ctxWith(fileProxy(tempDir(), modules));
    const resolved = await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0');
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const [first, meanwhile] = await Promise.all([
      prepareModule(ctx, resolved, goCommand(), platforms),
      prepareModule(ctx, resolved, goCommand(), platforms),
    ]);
    expect(meanwhile).toEqual(first);
    const broken = goCommand({ toolchain: { ...hostGo(), go: '/bin/false' } });
    expect(await prepareModule(ctx, resolved, broken, platforms.toReversed())).toEqual(first);
    expect((await prepareModule(ctx, resolved, goCommand({ tags: ['x'] }), platforms)).cwd).not.toBe(
      first.cwd,
    );
    expect(readdirSync(path.join(ctx.home, 'tmp'))).toEqual([]);
    const began = await markBeginning(ctx);
    const go = goCommand({ flags: first.flags, env: first.env });
    expect(await collectInputs(ctx, go, { cwd: first.cwd, package: first.package, began })).toBeDefined();
  });

  test('is not touched by a go.work above the home', async () => {
    const top = tempDir();
    writeFiles(top, { 'go.work': 'go 1.21\n\nuse ./nowhere\n' });
    const plain = ctxWith(fileProxy(tempDir(), modules));
    const ctx = { ...plain, home: path.join(top, 'home') };
    const prepared = await prepareModule(
      ctx,
      await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0'),
      goCommand(),
    );
    await build(ctx, prepared, path.join(top, 'run'));
    expect(existsSync(path.join(top, 'run'))).toBe(true);
  });

  test('that is a library names the programs of its module', async () => {
    const ctx = ctxWith(fileProxy(tempDir(), modules));
    const resolved = await resolve(ctx, 'example.com/tool/lib@v1.0.0');
    const error = await failure(prepareModule(ctx, resolved, goCommand()));
    expect(error.code).toBe('NO_MAIN_PACKAGE');
    expect(error.hint).toContain('example.com/tool/cmd/run');
    expect(readdirSync(path.join(ctx.home, 'modules'))).toEqual([]);
  });

  test('that needs a folder of its repository says so', async () => {
    const { 'example.com/sub@v1.0.0': _sub, ...without } = modules;
    const ctx = ctxWith(fileProxy(tempDir(), without));
    const resolved = await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0');
    const error = await failure(prepareModule(ctx, resolved, goCommand()));
    expect(error.code).toBe('GO_MODULE');
    expect(error.hint).toContain('clone that, and build there');
  });

  test('is refused when the go.mod read at first is another than the verified one', async () => {
    const ctx = ctxWith(fileProxy(tempDir(), modules));
    const resolved = await resolve(ctx, 'example.com/tool/cmd/run@v1.0.0');
    const forged = { ...resolved, goModText: `${resolved.goModText}// forged\n` };
    const error = await failure(prepareModule(ctx, forged, goCommand()));
    expect(error.code).toBe('CHECKSUM_MISMATCH');
    expect(readdirSync(path.join(ctx.home, 'modules'))).toEqual([]);
  });
});

describe('resolveModule', () => {
  const empty = (module: string) => ({ 'go.mod': `module ${module}\n\ngo 1.21\n`, 'main.go': tinyMain });
  const many: Modules = Object.fromEntries(
    [
      'example.com/app@v1.0.0',
      'example.com/app@v1.2.0',
      'example.com/app@v1.10.0',
      'example.com/app@v1.11.0-rc.1',
    ].map((name) => [name, empty('example.com/app')]),
  );
  const list = { 'example.com/app/@v/list': 'v1.0.0\nv1.10.0\nv1.2.0\nv1.11.0-rc.1\nv2.0.0\nbroken\n' };

  test('@latest is the highest release, a prefix the highest of those', async () => {
    const ctx = ctxWith(fileProxy(tempDir(), many, list));
    expect((await resolve(ctx, 'example.com/app@latest')).version).toBe('v1.10.0');
    expect((await resolve(ctx, 'example.com/app')).version).toBe('v1.10.0');
    expect((await resolve(ctx, 'example.com/app@v1')).version).toBe('v1.10.0');
    expect((await resolve(ctx, 'example.com/app@v1.2')).version).toBe('v1.2.0');
  });

  test('@latest leaves out retracted versions', async () => {
    const retracting = {
      ...many,
      'example.com/app@v1.11.0-rc.1': {
        'go.mod': 'module example.com/app\n\nretract (\n\tv1.11.0-rc.1 // mistake\n\t[v1.2.0, v1.10.5]\n)\n',
      },
    };
    const ctx = ctxWith(fileProxy(tempDir(), retracting, list));
    expect((await resolve(ctx, 'example.com/app@latest')).version).toBe('v1.0.0');
  });

  test('@latest and branches without any list', async () => {
    const pseudo = 'v0.0.0-20240506070809-abcdefabcdef';
    const info = JSON.stringify({
      Version: pseudo,
      Time: '2024-05-06T07:08:09Z',
      Origin: { URL: 'https://example.com/app', Hash: 'abcdef' },
    });
    const proxy = fileProxy(
      tempDir(),
      { [`example.com/app@${pseudo}`]: empty('example.com/app') },
      {
        'example.com/app/@latest': info,
        'example.com/app/@v/main.info': info,
      },
    );
    const ctx = ctxWith(proxy);
    expect((await resolve(ctx, 'example.com/app@latest')).version).toBe(pseudo);
    expect((await resolve(ctx, 'example.com/app/cmd/x@main')).version).toBe(pseudo);
  });

  test('the longest module path that has the version wins; capitals are escaped', async () => {
    const ctx = ctxWith(
      fileProxy(tempDir(), {
        'example.com/!big@v1.0.0': empty('example.com/Big'),
        'example.com/!big/cmd/x@v1.0.0': empty('example.com/Big/cmd/x'),
      }),
    );
    expect((await resolve(ctx, 'example.com/Big/cmd/x@v1.0.0')).module).toBe('example.com/Big/cmd/x');
    expect((await resolve(ctx, 'example.com/Big/cmd/y@v1.0.0')).module).toBe('example.com/Big');
  });

  test('a version from before modules is +incompatible', async () => {
    const ctx = ctxWith(
      fileProxy(tempDir(), { 'example.com/old@v3.1.0+incompatible': empty('example.com/old') }),
    );
    expect((await resolve(ctx, 'example.com/old@v3.1.0')).version).toBe('v3.1.0+incompatible');
  });

  test('says what there is not, and what is down', async () => {
    const none = await failure(resolve(ctxWith(fileProxy(tempDir(), many)), 'example.com/app@latest'));
    expect(none.code).toBe('GO_MODULE');
    expect(none.hint).toContain('exact version');
    expect(
      (await failure(resolve(ctxWith(fileProxy(tempDir(), many)), 'example.com/app@v9.0.0'))).hint,
    ).toContain('/v2');
    const down = await failure(resolve(ctxWith('http://127.0.0.1:9'), 'example.com/app@v1.0.0'));
    expect(down.code).toBe('NETWORK');
  });

  test('a private module comes from its own repository, by the go command and its credentials', async () => {
    const dir = writeFiles(tempDir(), {
      'go.mod': 'module example.com/team/app.git\n\ngo 1.21\n',
      'cmd/run/main.go': tinyMain,
    });
    commitAll(dir);
    git(dir, 'tag', 'v1.3.0');
    const config = path.join(
      writeFiles(tempDir(), {
        config: `[url "file://${dir}"]\n\tinsteadOf = https://example.com/team/app\n[protocol "file"]\n\tallow = always\n`,
      }),
      'config',
    );
    const ctx = ctxWith('http://127.0.0.1:9', {
      ...gitEnv,
      GIT_CONFIG_GLOBAL: config,
      GOPRIVATE: 'example.com/team/*',
      GONOPROXY: 'example.com/team/*',
    });
    const resolved = await resolve(ctx, 'example.com/team/app.git/cmd/run@latest', goCommand());
    expect(resolved).toMatchObject({ module: 'example.com/team/app.git', version: 'v1.3.0', go: '1.21' });
    const prepared = await prepareModule(ctx, resolved, goCommand());
    await build(ctx, prepared, path.join(tempDir(), 'run'));
  });
});

describe('module paths', () => {
  test.each([
    './x@v1',
    'app@v1.0.0',
    'example.com/../x@v1',
    'example.com/x@',
    'example.com/x@-v',
    'example.com/x y@v1',
    'example.com//x@v1',
    'Example.com/x@a..b',
  ])('%s is refused', async (text) => {
    expect((await failure((async () => parseModuleQuery(text))())).code).toBe('USAGE');
  });

  test('candidates are prefixes, longest first, none shorter than the host allows', () => {
    expect(candidatesOf('github.com/a/b/cmd/c')).toEqual([
      'github.com/a/b/cmd/c',
      'github.com/a/b/cmd',
      'github.com/a/b',
    ]);
    expect(candidatesOf('go.uber.org/zap')).toEqual(['go.uber.org/zap', 'go.uber.org']);
  });

  test.each([
    ['example.com/a', 'v1.2.3', 'v1.2.3'],
    ['example.com/a', 'v2.0.0', 'v2.0.0+incompatible'],
    ['example.com/a/v2', 'v2.0.0', 'v2.0.0'],
    ['example.com/a/v2', 'v3.0.0', undefined],
    ['example.com/a/v2', 'v2.0.0+incompatible', undefined],
    ['gopkg.in/yaml.v3', 'v3.0.1', 'v3.0.1'],
    ['gopkg.in/yaml.v3', 'v2.0.1', undefined],
  ])('%s can have %s as %s', (module, version, expected) => {
    expect(versionFor(module, version)).toBe(expected);
  });

  test('GOPRIVATE matches by elements', () => {
    expect(matchesPrefix('*.corp.example.com,github.com/team', 'git.corp.example.com/x')).toBe(true);
    expect(matchesPrefix('github.com/team', 'github.com/team/app/cmd')).toBe(true);
    expect(matchesPrefix('github.com/team', 'github.com/teammate/app')).toBe(false);
    expect(matchesPrefix('', 'github.com/team')).toBe(false);
  });
});
