import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../src/core/ctx.ts';
import {
  ensureToolchain,
  execWithToolchain,
  installToolchain,
  listToolchains,
  removeToolchain,
  toolchainEnv,
  zoneinfoZip,
} from '../../src/golang/toolchain.ts';
import { resolveGoVersion } from '../../src/golang/toolchain-resolve.ts';
import { hostArch, moduleVersion } from '../../src/golang/toolchain-releases.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { containing, failure } from './support/expect.ts';
import { createLog } from './support/log.ts';
import { serve } from './support/server.ts';
import {
  fakeHostGo,
  toolchainFiles,
  toolchainHash,
  toolchainProxy,
  toolchainZip,
} from './support/toolchain.ts';
import type { ToolchainProxy } from './support/toolchain.ts';
import { makeZip } from './support/zip.ts';

const version = '1.99.1';

/** A machine without Go, whose settings name the proxy and its database. */
function ctxFor(proxy: ToolchainProxy, env: Env = {}, home = tempDir()): TestCtx {
  return testCtx({
    home,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: tempDir(),
      GOPROXY: proxy.url,
      GOSUMDB: proxy.log.verifierKey,
      GOMODCACHE: tempDir(),
      ...env,
    },
  });
}

const goroot = (ctx: TestCtx, of = version): string => path.join(ctx.home, 'toolchains', `go${of}`);
/** What is left in the home besides locks and trees seen. */
const leftovers = (ctx: TestCtx): string[] =>
  ['toolchains', 'tmp'].flatMap((name) =>
    existsSync(path.join(ctx.home, name)) ? readdirSync(path.join(ctx.home, name)) : [],
  );

describe('a toolchain', () => {
  it('is fetched from the proxy, proven, unpacked and recorded', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    const toolchain = await ensureToolchain(ctx, version);
    expect(toolchain).toEqual({
      version,
      goroot: goroot(ctx),
      go: `${goroot(ctx)}/bin/go`,
      origin: 'fetched',
      hash: toolchainHash(version),
    });
    for (const [name, content] of Object.entries(toolchainFiles(version))) {
      expect([name, readFileSync(path.join(toolchain.goroot, name)).equals(Buffer.from(content))]).toEqual([
        name,
        true,
      ]);
    }
    expect(readFileSync(path.join(toolchain.goroot, 'src/cmd/go.mod'), 'utf8')).toBe('module cmd\n');
    const mode = (name: string): number => statSync(path.join(toolchain.goroot, name)).mode & 0o111;
    expect(
      ['bin/go', `pkg/tool/linux_${hostArch()}/compile`, 'lib/wasm/go_js_wasm_exec'].map(
        (name) => mode(name) !== 0,
      ),
    ).toEqual([true, true, true]);
    expect(['VERSION', 'src/fmt/print.go', 'lib/time/zoneinfo.zip'].map(mode)).toEqual([0, 0, 0]);
    expect(JSON.parse(readFileSync(path.join(toolchain.goroot, '.coracle.json'), 'utf8'))).toMatchObject({
      version,
      hash: toolchainHash(version),
      from: containing('127.0.0.1'),
    });
    expect(leftovers(ctx)).toEqual([`go${version}`]);
    expect(zoneinfoZip(toolchain)).toBe(`${goroot(ctx)}/lib/time/zoneinfo.zip`);
    // Deletable by anybody's rm -rf.
    rmSync(ctx.home, { recursive: true });
  });

  it('is told about while it is fetched', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    await ensureToolchain(ctx, version);
    const size = toolchainZip(version).length;
    expect(ctx.events.map((event) => (event.kind === 'step' ? event.state : event.kind))).toEqual([
      'started',
      'progress',
      'done',
    ]);
    expect(ctx.events[1]).toMatchObject({
      id: `toolchain:go${version}`,
      done: size,
      total: size,
      unit: 'bytes',
    });
  });

  it('is fetched once', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    const all = await Promise.all(Array.from({ length: 8 }, async () => ensureToolchain(ctx, version)));
    await ensureToolchain(ctx, version);
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(1);
    expect(proxy.requests.filter((at) => at.endsWith('.zip'))).toHaveLength(1);
  });

  it("is the host's when that is just the version, and only then", async () => {
    const proxy = await toolchainProxy([version]);
    const same = ctxFor(proxy, { PATH: fakeHostGo(tempDir(), `go${version}`) });
    expect(await ensureToolchain(same, version)).toMatchObject({ origin: 'host' });
    const experiment = ctxFor(proxy, {
      PATH: `${fakeHostGo(tempDir(), `go${version} X:nodwarf5`)}:/usr/bin:/bin`,
    });
    expect(await ensureToolchain(experiment, version)).toMatchObject({ origin: 'fetched' });
    const other = ctxFor(proxy, { PATH: `${fakeHostGo(tempDir(), 'go1.99.2')}:/usr/bin:/bin` });
    expect(await ensureToolchain(other, version)).toMatchObject({ origin: 'fetched' });
  });

  it("comes from the proxy that the host's go.env names, when nothing else does", async () => {
    const proxy = await toolchainProxy([version]);
    const PATH = `${fakeHostGo(tempDir(), 'go1.99.2', `GOPROXY=${proxy.url}\n`)}:/usr/bin:/bin`;
    expect(await ensureToolchain(ctxFor(proxy, { PATH, GOPROXY: undefined }), version)).toMatchObject({
      origin: 'fetched',
    });
  });

  it('that is damaged is fetched again', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    const harms: ((root: string) => void)[] = [
      (root) => rmSync(path.join(root, 'bin/go')),
      (root) => writeFileSync(path.join(root, 'bin/go'), ''),
      (root) => chmodSync(path.join(root, 'bin/go'), 0o644),
      (root) => writeFileSync(path.join(root, '.coracle.json'), '{'),
      (root) => rmSync(path.join(root, 'VERSION')),
      (root) => {
        rmSync(root, { recursive: true });
        mkdirSync(root);
      },
    ];
    for (const harm of harms) {
      await ensureToolchain(ctx, version);
      harm(goroot(ctx));
      expect(await ensureToolchain(ctx, version)).toMatchObject({ hash: toolchainHash(version) });
      expect(statSync(path.join(goroot(ctx), 'bin/go')).size).toBeGreaterThan(0);
      expect(leftovers(ctx)).toEqual([`go${version}`]);
    }
  });

  it('that an earlier boot wrote is read once, and fetched again when the machine lost some of it', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    const record = (): string => path.join(goroot(ctx), '.coracle.json');
    const olderBoot = (): void => {
      writeFileSync(record(), readFileSync(record(), 'utf8').replace(/"boot": ".*"/, '"boot": "earlier"'));
    };
    const zips = (): number => proxy.requests.filter((at) => at.endsWith('.zip')).length;
    await ensureToolchain(ctx, version);
    expect(readFileSync(record(), 'utf8')).toContain('"boot"');
    olderBoot();
    await ensureToolchain(ctx, version);
    expect([zips(), readFileSync(record(), 'utf8').includes('"boot"')]).toEqual([1, false]);
    const losses = [
      'src/fmt/print.go',
      'src/cmd/go.mod',
      'src/cmd/_go.mod',
      'pkg/tool/linux_' + hostArch() + '/compile',
    ];
    for (const [at, name] of losses.entries()) {
      await removeToolchain(ctx, version);
      await ensureToolchain(ctx, version);
      writeFileSync(path.join(goroot(ctx), name), '');
      olderBoot();
      await ensureToolchain(ctx, version);
      expect([name, zips(), statSync(path.join(goroot(ctx), name)).size > 0]).toEqual([
        name,
        3 + 2 * at,
        true,
      ]);
    }
  });

  it('is taken over from a fetch that was killed', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    mkdirSync(path.join(ctx.home, 'toolchains'), { recursive: true });
    writeFileSync(path.join(ctx.home, 'toolchains', `.lock-go${version}`), '4194304 1\n');
    expect(await ensureToolchain(ctx, version)).toMatchObject({ version });
  });

  it('is continued where the connection broke', async () => {
    const zip = toolchainZip(version);
    const ranges: unknown[] = [];
    let breaks = 2;
    const proxy = await toolchainProxy([version], (at, answer) => {
      if (!at.endsWith('.zip')) return answer;
      return (request, response) => {
        ranges.push(request.headers.range);
        const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        response.writeHead(start > 0 ? 206 : 200, { 'content-length': zip.length - start });
        if (breaks-- > 0)
          response.write(zip.subarray(start, start + 600), () => setTimeout(() => response.destroy(), 20));
        else response.end(zip.subarray(start));
      };
    });
    expect(await ensureToolchain(ctxFor(proxy), version)).toMatchObject({ hash: toolchainHash(version) });
    expect(ranges).toEqual([undefined, 'bytes=600-', 'bytes=1200-']);
  });

  it('is fetched from its start by a server that knows no ranges', async () => {
    const zip = toolchainZip(version);
    let breaks = 1;
    const proxy = await toolchainProxy([version], (at, answer) => {
      if (!at.endsWith('.zip') || breaks-- <= 0) return answer;
      return (_, response) => {
        response.writeHead(200, { 'content-length': zip.length });
        response.write(zip.subarray(0, 999), () => setTimeout(() => response.destroy(), 20));
      };
    });
    expect(await ensureToolchain(ctxFor(proxy), version)).toMatchObject({ hash: toolchainHash(version) });
  });

  it("comes from the user's module cache when it lies there, proven all the same", async () => {
    const proxy = await toolchainProxy([version], (at, answer) => (at.endsWith('.zip') ? 500 : answer));
    const place = (ctx: TestCtx): string =>
      path.join(ctx.env['GOMODCACHE'] ?? '', 'cache/download/golang.org/toolchain/@v');
    const ctx = ctxFor(proxy);
    mkdirSync(place(ctx), { recursive: true });
    writeFileSync(path.join(place(ctx), `${moduleVersion(version)}.zip`), toolchainZip(version));
    expect(await ensureToolchain(ctx, version)).toMatchObject({ hash: toolchainHash(version) });
    const sound = await toolchainProxy([version]);
    const spoilt = ctxFor(sound);
    mkdirSync(place(spoilt), { recursive: true });
    writeFileSync(
      path.join(place(spoilt), `${moduleVersion(version)}.zip`),
      toolchainZip('1.99.1', (files) => files.slice(1)),
    );
    expect(await ensureToolchain(spoilt, version)).toMatchObject({ hash: toolchainHash(version) });
    expect(spoilt.events).toContainEqual(expect.objectContaining({ kind: 'warning' }));
    expect(sound.requests.some((at) => at.endsWith('.zip'))).toBe(true);
  });

  it("comes from the user's module cache even with GOPROXY=off, when the lock vouches for it", async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy, { GOPROXY: 'off', GOSUMDB: 'off' });
    const place = path.join(ctx.env['GOMODCACHE'] ?? '', 'cache/download/golang.org/toolchain/@v');
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, `${moduleVersion(version)}.zip`), toolchainZip(version));
    expect(await ensureToolchain(ctx, version, { hash: toolchainHash(version) })).toMatchObject({ version });
    expect(proxy.requests).toEqual([]);
  });

  it('that had come whole when the connection broke is fetched again', async () => {
    const zip = toolchainZip(version);
    const ranges: unknown[] = [];
    const proxy = await toolchainProxy([version], (at, answer) => {
      if (!at.endsWith('.zip')) return answer;
      return (request, response) => {
        ranges.push(request.headers.range);
        if (request.headers.range !== undefined) response.writeHead(416).end();
        else if (ranges.length > 1) response.end(zip);
        else {
          response.writeHead(200, { 'content-length': zip.length + 1 });
          response.write(zip, () => setTimeout(() => response.destroy(), 20));
        }
      };
    });
    expect(await ensureToolchain(ctxFor(proxy), version)).toMatchObject({ hash: toolchainHash(version) });
    expect(ranges).toEqual([undefined, `bytes=${zip.length}-`, undefined]);
  });

  it('comes from a folder proxy without a copy of the zip', async () => {
    const proxy = await toolchainProxy([version]);
    const folder = tempDir();
    mkdirSync(path.join(folder, 'golang.org/toolchain/@v'), { recursive: true });
    writeFileSync(
      path.join(folder, 'golang.org/toolchain/@v', `${moduleVersion(version)}.zip`),
      toolchainZip(version),
    );
    const ctx = ctxFor(proxy, { GOPROXY: `file://${folder},${proxy.url}` });
    expect(await ensureToolchain(ctx, version)).toMatchObject({ hash: toolchainHash(version) });
    expect(proxy.requests.some((at) => at.endsWith('.zip'))).toBe(false);
  });
});

describe('a toolchain that is not what it should be', () => {
  const refused = async (ctx: TestCtx, options: { hash?: string } = {}): Promise<string> => {
    const { code } = await failure(async () => ensureToolchain(ctx, version, options));
    expect(leftovers(ctx)).toEqual([]);
    expect(ctx.events.findLast((event) => event.kind === 'step')).toMatchObject({ state: 'failed' });
    return code;
  };

  it('by one byte is refused, and nothing of it kept', async () => {
    const evil = toolchainZip(version, (files) =>
      files.map((file) => (file.name.endsWith('bin/go') ? { ...file, content: '#!/bin/evil' } : file)),
    );
    const proxy = await toolchainProxy([version], (at, answer) => (at.endsWith('.zip') ? evil : answer));
    expect(
      await refused(ctxFor(proxy, { GONOSUMDB: '*', GOFLAGS: '-insecure', GOINSECURE: '*', GOPRIVATE: '*' })),
    ).toBe('CHECKSUM_MISMATCH');
  });

  it('with a file more is refused', async () => {
    const evil = toolchainZip(version, (files) => [
      ...files,
      { name: `golang.org/toolchain@${moduleVersion(version)}/src/x.go`, content: '' },
    ]);
    const proxy = await toolchainProxy([version], (at, answer) => (at.endsWith('.zip') ? evil : answer));
    expect(await refused(ctxFor(proxy))).toBe('CHECKSUM_MISMATCH');
  });

  it('by what the lock says is refused, without asking anybody else', async () => {
    const proxy = await toolchainProxy([version]);
    expect(await refused(ctxFor(proxy), { hash: 'h1:other' })).toBe('CHECKSUM_MISMATCH');
    expect(proxy.requests.some((at) => at.includes('sumdb'))).toBe(false);
    const ctx = ctxFor(proxy);
    await ensureToolchain(ctx, version);
    await expect(ensureToolchain(ctx, version, { hash: 'h1:other' })).rejects.toMatchObject({
      code: 'LOCK_MISMATCH',
    });
  });

  it('is accepted with GOSUMDB=off only when the lock vouches for it', async () => {
    const proxy = await toolchainProxy([version]);
    expect(await refused(ctxFor(proxy, { GOSUMDB: 'off' }))).toBe('TOOLCHAIN_FETCH');
    const ctx = ctxFor(proxy, { GOSUMDB: 'off' });
    expect(await ensureToolchain(ctx, version, { hash: toolchainHash(version) })).toMatchObject({
      origin: 'fetched',
    });
  });

  const prefix = `golang.org/toolchain@${moduleVersion(version)}/`;
  it.each([
    ['a name that climbs out', [{ name: `${prefix}../../../../climbed`, content: 'x' }], 'ARCHIVE_UNSAFE'],
    ['a name outside', [{ name: '/etc/passwd', content: 'x' }], 'ARCHIVE_UNSAFE'],
    ['a name with an empty part', [{ name: `${prefix}a//b`, content: 'x' }], 'ARCHIVE_UNSAFE'],
    ['a directory', [{ name: `${prefix}a/`, content: '' }], 'ARCHIVE_UNSAFE'],
    ['a line break', [{ name: `${prefix}a\nb`, content: '' }], 'ARCHIVE_UNSAFE'],
    [
      'a name twice',
      [
        { name: `${prefix}a`, content: 'x' },
        { name: `${prefix}a`, content: 'y' },
      ],
      'ARCHIVE_UNSAFE',
    ],
    [
      'a file under a file',
      [
        { name: `${prefix}a`, content: 'x' },
        { name: `${prefix}a/b`, content: 'y' },
      ],
      'ARCHIVE_UNSAFE',
    ],
    [
      'a file that is larger than it claims',
      [{ name: `${prefix}a`, content: 'x'.repeat(100_000), claimedSize: 10 }],
      'TOOLCHAIN_FETCH',
    ],
  ])('because its zip has %s is refused', async (_, files, code) => {
    const proxy = await toolchainProxy([version], (at, answer) =>
      at.endsWith('.zip') ? makeZip(files) : answer,
    );
    expect(await refused(ctxFor(proxy))).toBe(code);
  });

  it('because its zip is damaged is refused, wherever it is', async () => {
    const zip = toolchainZip(version);
    const cases: Buffer[] = [
      Buffer.alloc(0),
      Buffer.from('not found'),
      zip.subarray(0, zip.length / 2),
      zip.subarray(10),
    ];
    for (let at = 0; at < zip.length; at += Math.ceil(zip.length / 30)) {
      const bent = Buffer.from(zip);
      bent.writeUInt8(bent.readUInt8(at) ^ 0x55, at);
      cases.push(bent);
    }
    for (const bent of cases) {
      const proxy = await toolchainProxy([version], (at, answer) => (at.endsWith('.zip') ? bent : answer));
      const ctx = ctxFor(proxy);
      const result = await ensureToolchain(ctx, version).then(
        (toolchain) => toolchain.hash,
        (thrown: unknown) => thrown,
      );
      // Times and other fields that nothing depends on may be bent without harm.
      if (result === toolchainHash(version)) continue;
      expect(result).toMatchObject({
        name: 'ToolError',
        code: containing('_'),
      });
      expect(leftovers(ctx)).toEqual([]);
    }
  });
});

describe('a toolchain that cannot be had', () => {
  it('because there is no such release names the nearest', async () => {
    const proxy = await toolchainProxy(['1.98.0', '1.98.5', '1.99.0', '1.99.1', '1.100rc1']);
    const ctx = ctxFor(proxy);
    await expect(ensureToolchain(ctx, '1.98.7')).rejects.toMatchObject({
      code: 'GO_VERSION_UNKNOWN',
      message: containing('1.98.7'),
      hint: 'Nearest to it: 1.98.5, 1.99.0, 1.99.1.',
    });
    for (const wrong of ['1.98', 'banana', '1.2.3.4', '../x', 'go1.99.1', '']) {
      await expect(ensureToolchain(ctx, wrong)).rejects.toMatchObject({ code: 'GO_VERSION_UNKNOWN' });
    }
  });

  it('because the proxy is down says so', async () => {
    const proxy = await toolchainProxy([version], (at, answer) => (at.endsWith('.zip') ? 502 : answer));
    await expect(ensureToolchain(ctxFor(proxy), version)).rejects.toMatchObject({
      code: 'NETWORK',
      message: containing('502'),
    });
    const gone = ctxFor(proxy, { GOPROXY: 'http://127.0.0.1:9' });
    await expect(ensureToolchain(gone, version)).rejects.toMatchObject({
      code: 'NETWORK',
      hint: containing('network'),
    });
    expect(leftovers(gone)).toEqual([]);
  });

  it('with GOPROXY=off says so', async () => {
    const proxy = await toolchainProxy([version]);
    await expect(ensureToolchain(ctxFor(proxy, { GOPROXY: 'off' }), version)).rejects.toMatchObject({
      code: 'TOOLCHAIN_FETCH',
      message: containing('GOPROXY=off'),
    });
  });

  it('because of an interrupt leaves nothing', async () => {
    const proxy = await toolchainProxy([version], (at, answer) =>
      at.endsWith('.zip')
        ? (_, response) => void response.writeHead(200, { 'content-length': 1e6 }).write('PK')
        : answer,
    );
    const ctx = ctxFor(proxy);
    const result = ensureToolchain(ctx, version).catch((error: unknown) => error);
    while (!proxy.requests.some((at) => at.endsWith('.zip')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    ctx.abort(new Error('interrupted by the test'));
    expect(await result).toMatchObject({ message: 'interrupted by the test' });
    expect(leftovers(ctx)).toEqual([]);
    expect(ctx.events.at(-1)).toMatchObject({ state: 'cancelled' });
  });
});

describe('the version', () => {
  const releases = ['1.9.2', '1.21.0', '1.98.0', '1.98.12', '1.98.9', '1.99.0', '1.99.1', '1.100rc1'];
  it.each([
    [{ go: '1.98.3' }, '1.98.3'],
    [{ go: '1.98rc1' }, '1.98rc1'],
    [{ go: '1.98' }, '1.98.12'],
    [{ go: '1.97' }, '1.97.0'],
    [{ go: '1.98', toolchain: 'go1.98.2' }, '1.98.2'],
    [{ go: '1.98.3', toolchain: 'go1.98.2' }, '1.98.3'],
    [{ go: '1.98.3', toolchain: 'default' }, '1.98.3'],
    [{ go: '1.98.3', toolchain: 'go1.99.0-corp' }, '1.99.0'],
    [{ go: '1.18', toolchain: 'go1.98.2' }, '1.98.2'],
    [{ go: '1.18' }, '1.99.1'],
    [{ go: '1.20.3' }, '1.99.1'],
    [{}, '1.99.1'],
  ])('that %j asks for is %s', async (wanted, expected) => {
    const proxy = await toolchainProxy(releases);
    expect(await resolveGoVersion(ctxFor(proxy), wanted)).toBe(expected);
  });

  it("that an old go line asks for is the host's, when that is no relic", async () => {
    const proxy = await toolchainProxy(releases);
    const withHost = (text: string): TestCtx => ctxFor(proxy, { PATH: fakeHostGo(tempDir(), text) });
    expect(await resolveGoVersion(withHost('go1.98.0'), { go: '1.18' })).toBe('1.98.0');
    expect(await resolveGoVersion(withHost('go1.20.1'), { go: '1.18' })).toBe('1.99.1');
    expect(await resolveGoVersion(withHost('go1.98.0'), { go: '1.98' })).toBe('1.98.12');
  });

  it('that a language asks for can be told without the network', async () => {
    const proxy = await toolchainProxy(releases);
    const offline = (text: string): TestCtx =>
      ctxFor(proxy, { GOPROXY: 'off', PATH: fakeHostGo(tempDir(), text) });
    expect(await resolveGoVersion(offline('go1.98.4'), { go: '1.98' })).toBe('1.98.4');
    expect(await resolveGoVersion(offline('go1.99.0'), { go: '1.98' })).toBe('1.98.0');
    await expect(resolveGoVersion(ctxFor(proxy, { GOPROXY: 'off' }), { go: '1.18' })).rejects.toMatchObject({
      code: 'TOOLCHAIN_FETCH',
    });
  });
});

describe('the toolchains', () => {
  it('are installed, listed and removed', async () => {
    const proxy = await toolchainProxy(['1.98.2', '1.99.0', '1.99.1']);
    const host = fakeHostGo(tempDir(), 'go1.97.0');
    const ctx = ctxFor(proxy, { PATH: `${host}:/usr/bin:/bin` });
    expect((await installToolchain(ctx, 'latest')).version).toBe('1.99.1');
    expect((await installToolchain(ctx, 'go1.98')).version).toBe('1.98.2');
    await expect(installToolchain(ctx, 'newest')).rejects.toMatchObject({ code: 'USAGE' });
    expect(
      (await listToolchains(ctx)).map(({ version: listed, origin, bytes }) => [
        listed,
        origin,
        (bytes ?? 0) > 700_000,
      ]),
    ).toEqual([
      ['1.97.0', 'host', false],
      ['1.98.2', 'fetched', true],
      ['1.99.1', 'fetched', true],
    ]);
    await removeToolchain(ctx, 'go1.98.2');
    expect((await listToolchains(ctx)).map(({ version: listed }) => listed)).toEqual(['1.97.0', '1.99.1']);
    for (const none of ['1.98.2', '1.97.0', 'banana', '../..'])
      await expect(removeToolchain(ctx, none)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(leftovers(ctx)).toEqual(['go1.99.1']);
  });

  it('stand before any other in the environment of a command', async () => {
    const proxy = await toolchainProxy([version]);
    const ctx = ctxFor(proxy);
    const toolchain = await ensureToolchain(ctx, version);
    expect(toolchainEnv(toolchain)).toEqual({
      pathPrefix: path.join(toolchain.goroot, 'bin'),
      GOROOT: toolchain.goroot,
      GOTOOLCHAIN: 'local',
    });
    const out = path.join(tempDir(), 'out');
    const code = await execWithToolchain(ctx, toolchain, [
      'sh',
      '-c',
      `go build > ${out}; gofmt >> ${out}; echo $GOTOOLCHAIN >> ${out}; exit 7`,
    ]);
    expect(code).toBe(7);
    expect(readFileSync(out, 'utf8')).toBe(
      `go version go${version} linux/${hostArch()} build\n${toolchain.goroot}\nlocal\n`,
    );
    expect(await execWithToolchain(ctx, toolchain, ['go'])).toBe(0);
    await expect(execWithToolchain(ctx, toolchain, ['no-such-program'])).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
  });
});

describe('without any proxy', () => {
  const unused = createLog('db.example');
  it('is asked from the download page, and its list of releases too', async () => {
    const page = await serve(() =>
      JSON.stringify([
        {
          version: 'go1.99.0',
          files: [
            { filename: `go1.99.0.linux-${hostArch()}.tar.gz`, version: 'go1.99.0', sha256: '0'.repeat(64) },
            null,
            { filename: 3 },
          ],
        },
        'x',
      ]),
    );
    const ctx = testCtx({
      env: {
        PATH: '/usr/bin:/bin',
        HOME: tempDir(),
        GOPROXY: undefined,
        GOSUMDB: unused.verifierKey,
        CORACLE_GO_DL: `${page.url}/dl`,
      },
    });
    expect(await resolveGoVersion(ctx, { go: '1.99' })).toBe('1.99.0');
    await expect(ensureToolchain(ctx, '1.99.7')).rejects.toMatchObject({
      code: 'GO_VERSION_UNKNOWN',
      hint: 'Nearest to it: 1.99.0.',
    });
    await expect(ensureToolchain(ctx, '1.99.0')).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(page.requests[0]).toBe('/dl/?mode=json&include=all');
  });

  it('and with a page that is none, it says so', async () => {
    const page = await serve(() => '<html>');
    const ctx = testCtx({
      env: { PATH: '/usr/bin:/bin', HOME: tempDir(), GOPROXY: 'direct', CORACLE_GO_DL: page.url },
    });
    await expect(ensureToolchain(ctx, '1.99.0')).rejects.toMatchObject({ code: 'TOOLCHAIN_FETCH' });
  });
});
