import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/layer/entry.ts';
import { writeTar } from '../../src/layer/tar-write.ts';
import { ensureToolchain } from '../../src/golang/toolchain.ts';
import { hostArch } from '../../src/golang/toolchain-releases.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { containing } from './support/expect.ts';
import { serve } from './support/server.ts';
import type { Answer, TestServer } from './support/server.ts';
import { toolchainFiles, toolchainHash } from './support/toolchain.ts';

const version = '1.99.1';
const filename = `go${version}.linux-${hostArch()}.tar.gz`;

function file(name: string, content: string | Uint8Array, mode = 0o644): Entry {
  const data = Buffer.from(content);
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield data;
  };
  return { path: name, type: 'file', mode, uid: 0, gid: 0, mtime: 0, size: data.length, content: bytes };
}

/** The archive of a release: the module's files under their own names, and those that the module leaves out. */
async function archive(of = version, more: Entry[] = []): Promise<Buffer> {
  const module = Object.entries(toolchainFiles(of)).map(([name, content]) =>
    file(`go/${name.replace('_go.mod', 'go.mod')}`, content, /^(bin|pkg\/tool)\//.test(name) ? 0o755 : 0o644),
  );
  const rest = ['api/go1.txt', 'doc/x.html', 'misc/x', 'test/x.go'].map((name) => file(`go/${name}`, name));
  const directory: Entry = { path: 'go', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar([directory, ...module, ...rest, ...more]))
    chunks.push(Buffer.from(chunk));
  return gzipSync(Buffer.concat(chunks));
}

/** A download page that publishes one archive; `change` spoils its answers. */
async function page(
  bytes: Buffer,
  change: (at: string, answer: Answer) => Answer = (_, answer) => answer,
  of = version,
): Promise<TestServer> {
  const name = filename.replace(version, of);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const entry = {
    filename: name,
    os: 'linux',
    arch: hostArch(),
    version: `go${of}`,
    sha256,
    kind: 'archive',
  };
  const source = { filename: `go${of}.src.tar.gz`, version: `go${of}`, sha256, kind: 'source' };
  return serve((at) => {
    if (at === '/dl/?mode=json&include=all')
      return change(at, JSON.stringify([{ version: `go${of}`, files: [source, entry] }]));
    return change(at, at === `/dl/${name}` ? bytes : undefined);
  });
}

function ctxFor(server: TestServer): TestCtx {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: tempDir(),
    GOPROXY: undefined,
    GOMODCACHE: tempDir(),
    CORACLE_GO_DL: `${server.url}/dl`,
  };
  return testCtx({ home: tempDir(), env });
}

const leftovers = (ctx: TestCtx): string[] =>
  ['toolchains', 'tmp'].flatMap((name) =>
    existsSync(path.join(ctx.home, name)) ? readdirSync(path.join(ctx.home, name)) : [],
  );

describe('the download page', () => {
  it('gives a toolchain whose hash is that of the module, so that a lock holds with and without a proxy', async () => {
    const ctx = ctxFor(await page(await archive()));
    const toolchain = await ensureToolchain(ctx, version, { hash: toolchainHash(version) });
    expect(toolchain.hash).toBe(toolchainHash(version));
    expect(statSync(toolchain.go).mode & 0o111).toBe(0o111);
    expect(readFileSync(path.join(toolchain.goroot, 'src/go.mod'), 'utf8')).toBe('module std\n');
    expect(readFileSync(path.join(toolchain.goroot, 'api/go1.txt'), 'utf8')).toBe('api/go1.txt');
    expect(leftovers(ctx)).toEqual([`go${version}`]);
  });

  it('gives old releases with the hash of their archive', async () => {
    const bytes = await archive('1.20.3');
    const server = await page(bytes, undefined, '1.20.3');
    const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect((await ensureToolchain(ctxFor(server), '1.20.3')).hash).toBe(hash);
    // The lock's hash can only be that of an archive: the proxy is not asked.
    const locked = ctxFor(server);
    const elsewhere = { ...locked, env: { ...locked.env, GOPROXY: 'http://127.0.0.1:9' } };
    expect((await ensureToolchain(elsewhere, '1.20.3', { hash })).hash).toBe(hash);
  });

  it('that gives other bytes than it publishes is refused', async () => {
    const evil = await archive(version, [file('go/evil', 'evil')]);
    const ctx = ctxFor(await page(await archive(), (at, answer) => (at.endsWith('.gz') ? evil : answer)));
    await expect(ensureToolchain(ctx, version)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: containing(filename),
    });
    expect(leftovers(ctx)).toEqual([]);
  });

  it('that publishes other bytes than the lock says is refused', async () => {
    const ctx = ctxFor(await page(await archive(version, [file('go/src/evil.go', 'evil')])));
    await expect(ensureToolchain(ctx, version, { hash: toolchainHash(version) })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    expect(leftovers(ctx)).toEqual([]);
  });

  it.each([
    ['a link', { ...file('go/x', ''), type: 'symlink' as const, linkName: '/etc/passwd' }],
    ['a hard link', { ...file('go/x', ''), type: 'hardlink' as const, linkName: 'go/VERSION' }],
    ['a file outside', file('etc/passwd', '')],
    ['a device', { ...file('go/x', ''), type: 'char' as const, major: 1, minor: 3 }],
  ])('whose archive holds %s is refused', async (_, entry) => {
    const { content: _content, ...bare } = entry;
    const ctx = ctxFor(await page(await archive(version, [entry.type === 'file' ? entry : bare])));
    await expect(ensureToolchain(ctx, version)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    expect(leftovers(ctx)).toEqual([]);
  });

  it('that lists an archive it does not have names the version', async () => {
    const ctx = ctxFor(await page(await archive(), (at, answer) => (at.endsWith('.gz') ? 404 : answer)));
    await expect(ensureToolchain(ctx, version)).rejects.toMatchObject({ code: 'GO_VERSION_UNKNOWN' });
  });

  it('that breaks off is continued', async () => {
    const bytes = await archive();
    const half = Math.floor(bytes.length / 2);
    let breaks = 1;
    const server = await page(bytes, (at, answer) => {
      if (!at.endsWith('.gz')) return answer;
      return (request, response) => {
        const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
        response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
        if (breaks-- > 0)
          response.write(bytes.subarray(0, half), () => setTimeout(() => response.destroy(), 20));
        else response.end(bytes.subarray(start));
      };
    });
    expect((await ensureToolchain(ctxFor(server), version)).hash).toBe(toolchainHash(version));
  });
});
