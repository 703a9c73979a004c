import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/core/ctx.ts';
import { goCacheDirs, readGoEnv } from '../../src/golang/goenv.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const none: Env = {
  GOENV: undefined,
  GOFLAGS: undefined,
  GOPROXY: undefined,
  GOCACHE: undefined,
  GOMODCACHE: undefined,
  GOPATH: undefined,
  XDG_CONFIG_HOME: undefined,
  XDG_CACHE_HOME: undefined,
};

function settings(home: string, text: string): void {
  mkdirSync(path.join(home, '.config/go'), { recursive: true });
  writeFileSync(path.join(home, '.config/go/env'), text);
}

describe("Go's settings", () => {
  it('come from the environment, then the file, then the toolchain', async () => {
    const home = tempDir();
    const goroot = tempDir();
    settings(
      home,
      'GOPROXY=file\nGOSUMDB=file\n#GOFLAGS=-comment\ngoflags=-lower\nGOFLAGS\nGOPRIVATE=a=b\nGONOSUMDB=\n',
    );
    writeFileSync(
      path.join(goroot, 'go.env'),
      'GOPROXY=root\nGOSUMDB=root\nGOTOOLCHAIN=root\nGONOSUMDB=root\n',
    );
    const ctx = testCtx({ env: { ...none, HOME: home, GOPROXY: 'environment', GOSUMDB: '' } });
    const env = await readGoEnv(ctx, { goroot });
    expect(env.get('GOPROXY')).toBe('environment');
    expect(env.get('GOSUMDB')).toBe('file');
    expect(env.get('GOTOOLCHAIN')).toBe('root');
    expect(env.get('GOFLAGS')).toBeUndefined();
    expect(env.get('GOPRIVATE')).toBe('a=b');
    expect(env.get('GONOSUMDB')).toBeUndefined();
    expect(env.file).toBe(path.join(home, '.config/go/env'));
    expect(env.files).toEqual([env.file, path.join(goroot, 'go.env')]);
  });

  it('file is where GOENV and XDG_CONFIG_HOME say', async () => {
    const file = async (env: Env): Promise<string | undefined> =>
      (await readGoEnv(testCtx({ env: { ...none, ...env } }))).file;
    expect(await file({ GOENV: '/x/env', HOME: '/h' })).toBe('/x/env');
    expect(await file({ GOENV: 'off', HOME: '/h' })).toBeUndefined();
    expect(await file({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe('/c/go/env');
    expect(await file({ HOME: undefined })).toBeUndefined();
    expect(await file({ HOME: '' })).toBeUndefined();
  });

  it('of a home that cannot be read are passed over', async () => {
    const home = tempDir();
    mkdirSync(path.join(home, '.config/go/env'), { recursive: true });
    const env = await readGoEnv(testCtx({ env: { ...none, HOME: home } }));
    expect(env.get('GOPROXY')).toBeUndefined();
  });
});

describe("Go's caches", () => {
  const dirs = async (env: Env, home?: string) => {
    const ctx = testCtx({ env: { ...none, ...env }, ...(home !== undefined && { home }) });
    return goCacheDirs(ctx, await readGoEnv(ctx));
  };

  it("are the user's own where there are any", async () => {
    const home = tempDir();
    expect(await dirs({ HOME: home })).toEqual({
      GOPATH: `${home}/go`,
      GOCACHE: `${home}/.cache/go-build`,
      GOMODCACHE: `${home}/go/pkg/mod`,
    });
    expect(await dirs({ HOME: home, GOPATH: `${home}/a:${home}/b`, XDG_CACHE_HOME: `${home}/c` })).toEqual({
      GOPATH: `${home}/a:${home}/b`,
      GOCACHE: `${home}/c/go-build`,
      GOMODCACHE: `${home}/a/pkg/mod`,
    });
    expect(await dirs({ HOME: home, GOCACHE: '/set/c', GOMODCACHE: '/set/m', GOPATH: '/set/p' })).toEqual({
      GOPATH: '/set/p',
      GOCACHE: '/set/c',
      GOMODCACHE: '/set/m',
    });
  });

  it.each([undefined, '', '/dev/null', 'relative'])(
    "are under Coracle's home when HOME is %j",
    async (HOME) => {
      const own = tempDir();
      expect(await dirs({ HOME }, own)).toEqual({
        GOPATH: `${own}/go`,
        GOCACHE: `${own}/go/build`,
        GOMODCACHE: `${own}/go/pkg/mod`,
      });
    },
  );

  it.skipIf(process.getuid?.() === 0)("are under Coracle's home when HOME may not be written", async () => {
    const [home, own] = [tempDir(), tempDir()];
    chmodSync(home, 0o555);
    expect((await dirs({ HOME: home }, own)).GOCACHE).toBe(`${own}/go/build`);
  });
});

describeWith([hasGo], 'the go command', () => {
  it('finds the same settings and caches', async () => {
    const home = tempDir();
    settings(home, 'GOFLAGS=-mod=mod\nGOPRIVATE=example.com/*\n');
    const env = { HOME: home, GOTOOLCHAIN: 'local', PATH: process.env['PATH'] ?? '' };
    const names = [
      'GOFLAGS',
      'GOPRIVATE',
      'GOPROXY',
      'GOSUMDB',
      'GOENV',
      'GOCACHE',
      'GOMODCACHE',
      'GOPATH',
      'GOROOT',
    ];
    const unset = Object.keys(none).flatMap((name) => ['-u', name]);
    const { call } = await import('../components/program.ts');
    const said = (await call(['env', ...unset, 'go', 'env', ...names], { env })).stdout.split('\n');
    const ctx = testCtx({ env: { ...none, ...env } });
    const ours = await readGoEnv(ctx, { goroot: said[8] ?? '' });
    const caches = await goCacheDirs(ctx, ours);
    expect([
      ...['GOFLAGS', 'GOPRIVATE', 'GOPROXY', 'GOSUMDB'].map((name) => ours.get(name) ?? ''),
      ours.file,
      caches.GOCACHE,
      caches.GOMODCACHE,
      caches.GOPATH,
    ]).toEqual(said.slice(0, 8));
    expect(await goCommand(['version'])).toContain('go version');
  });
});
