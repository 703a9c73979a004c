/** Bad days at a registry: it refuses, is down, breaks off, or lies. Each ends with a clear error, and with nothing half-written. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ErrorCode } from '../../src/core/error-codes.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { tar, file } from '../archive/images.ts';
import { inTurn, startTokenRegistry } from '../components/token-registry.ts';
import type { Fault, Seen, TokenRegistry, TokenRegistryOptions } from '../components/token-registry.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { coracle, coracleOk } from './coracle.ts';
import { failsWith, leftovers, tiny } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const home = path.join(root, 'home');
const env = { CORACLE_HOME: home };
const source = path.join(root, 'source');

beforeAll(async () => {
  tiny(source);
  await coracleOk(['build', source, '-t', 'tiny'], { env });
  return remove;
});

async function registry(options: TokenRegistryOptions = {}): Promise<TokenRegistry> {
  const started = await startTokenRegistry(options);
  onTestFinished(async () => started.stop());
  return started;
}

/** Puts an image of one layer there. @returns its parts */
async function putImage(
  server: TokenRegistry,
  repository: string,
  change: (manifest: { config: { size: number }; layers: { size: number; digest: string }[] }) => void = () =>
    undefined,
): Promise<{ layer: string; config: string; manifest: string }> {
  const bytes = await tar(file('etc/motd', `hello\n`.repeat(20_000)));
  const gzip = gzipSync(bytes, { level: 0 });
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [digestOf(bytes)] },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {
      mediaType: mediaTypes.ociConfig,
      digest: server.putBlob(repository, config),
      size: config.length,
    },
    layers: [
      { mediaType: mediaTypes.ociLayerGzip, digest: server.putBlob(repository, gzip), size: gzip.length },
    ],
  };
  change(manifest);
  const digest = server.putManifest(
    repository,
    '1',
    mediaTypes.ociManifest,
    Buffer.from(JSON.stringify(manifest)),
  );
  return { manifest: digest, config: manifest.config.digest, layer: manifest.layers[0]?.digest ?? '' };
}

const everything = (fault: Fault) => (): Fault => fault;
const blobs = (request: Seen): boolean => request.method === 'GET' && request.path.includes('/blobs/');
const uploads = (request: Seen): boolean => request.method === 'PUT' && request.path.includes('/uploads/');

const refusals: readonly (readonly [name: string, fault: Fault, code: ErrorCode])[] = [
  ['401', { status: 401 }, 'REGISTRY_AUTH'],
  ['403', { status: 403 }, 'REGISTRY_DENIED'],
  ['404', { status: 404 }, 'NOT_FOUND'],
  ['429', { status: 429, headers: { 'retry-after': '0' } }, 'REGISTRY_RATE_LIMIT'],
  ['429 for an hour', { status: 429, headers: { 'retry-after': '3600' } }, 'REGISTRY_RATE_LIMIT'],
  ['500', { status: 500, headers: { 'retry-after': '0' } }, 'REGISTRY_ERROR'],
  ['503', { status: 503, headers: { 'retry-after': '0' } }, 'REGISTRY_ERROR'],
  ['nothing', { cutRequest: 0 }, 'NETWORK'],
];

describe('a registry that answers', () => {
  it.each(refusals)('%s: to a build that pushes', async (_, fault, code) => {
    const server = await registry();
    server.fault = everything(fault);
    const reference = `${server.host}/team/tiny:1`;
    const { stderr } = await failsWith(code, ['build', source, '-t', reference, '--push'], { home });
    expect(stderr).toContain(server.host);
    expect([server.manifests.size, server.blobs.size]).toEqual([0, 0]);
    // The image is not lost: once the registry is well, the same command only has to push.
    server.fault = () => undefined;
    await coracleOk(['build', source, '-t', reference, '--push'], { env });
    expect([...server.manifests.keys()]).toContain('team/tiny 1');
  });

  it.each(refusals)('%s: to a pull', async (_, fault, code) => {
    const server = await registry();
    await putImage(server, 'team/app');
    server.fault = everything(fault);
    await failsWith(code, ['pull', `${server.host}/team/app:1`], { home });
    expect(await coracleOk(['images', '--json'], { env })).not.toContain(server.host);
  });

  it('a page of HTML, or another protocol', async () => {
    const server = await registry();
    const html = { 'content-type': 'text/html' };
    server.fault = everything({ status: 200, headers: html, body: '<html>Welcome to nginx</html>' });
    const exit = await coracle(['pull', `${server.host}/team/app:1`], { env });
    expect(exit.stderr).toMatch(/\[(REGISTRY_ERROR|IMAGE_INVALID)\]/);
    expect(exit.code).toBe(3);
  });

  it('nothing at all, as it is not there', async () => {
    await failsWith('NETWORK', ['pull', '127.0.0.1:9/team/app:1'], { home });
    await failsWith('NETWORK', ['push', 'tiny', '127.0.0.1:9/team/app:1'], { home });
  });
});

describe('half a blob', () => {
  it('fetched again and again ends the pull; once, it is continued', async () => {
    const server = await registry();
    const image = await putImage(server, 'team/half');
    server.fault = (request) =>
      blobs(request) && request.path.includes(image.layer) ? { cutBody: 1000 } : undefined;
    const name = `${server.host}/team/half:1`;
    // Each answer gives a little more of it, so it would come in the end; a server without ranges never gets further.
    const stubborn = await registry({ ranges: false });
    await putImage(stubborn, 'team/half');
    stubborn.fault = (request) =>
      blobs(request) && request.path.includes(image.layer) ? { cutBody: 1000 } : undefined;
    await failsWith('NETWORK', ['pull', `${stubborn.host}/team/half:1`], { home });
    expect(await coracleOk(['images', '--json'], { env })).not.toContain(stubborn.host);
    expect(existsSync(path.join(home, 'store/blobs', image.layer.replace(':', '/')))).toBe(false);

    server.fault = inTurn((request) => blobs(request) && request.path.includes(image.layer), {
      cutBody: 1000,
    });
    await coracleOk(['pull', name], { env });
    expect(server.seen.map((request) => request.headers.range)).toContain('bytes=1000-');
    expect(leftovers(home)).toEqual([]);
  });

  it('sent again and again ends the push; once, it is sent again', async () => {
    const server = await registry();
    server.fault = (request) =>
      uploads(request) || request.method === 'PATCH' ? { cutRequest: 100 } : undefined;
    await failsWith('NETWORK', ['push', 'tiny', `${server.host}/team/tiny:1`], { home });
    expect(server.manifests.size).toBe(0);
    server.fault = inTurn((request) => uploads(request) || request.method === 'PATCH', { cutRequest: 100 });
    await coracleOk(['push', 'tiny', `${server.host}/team/tiny:1`], { env });
    for (const [key, bytes] of server.blobs) expect(key).toContain(digestOf(bytes));
  });

  it('of an image that is copied ends the copy', async () => {
    const [from, to] = [await registry({ ranges: false }), await registry()];
    const { layer } = await putImage(from, 'team/app');
    from.fault = (request) => (request.path.includes(layer) ? { cutBody: 1000 } : undefined);
    await failsWith('NETWORK', ['copy', `${from.host}/team/app:1`, `${to.host}/team/app:1`], { home });
    expect(to.manifests.size).toBe(0);
    const directory = tempDir();
    await failsWith('NETWORK', ['copy', `${from.host}/team/app:1`, `oci:${directory}/app.tar`], { home });
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a manifest that lies', () => {
  it.each([
    ['too small', -10],
    ['too large', 10],
    ['negative', -1e9],
  ])('about the size of a layer, %s', async (_, by) => {
    const server = await registry();
    await putImage(server, 'team/lie', ({ layers: [layer] }) => {
      if (layer) layer.size += by;
    });
    const exit = await coracle(['pull', `${server.host}/team/lie:1`], { env });
    expect(exit.stderr).toMatch(/\[(IMAGE_INVALID|BLOB_CORRUPT)\]/);
    expect(exit.code).toBe(3);
    expect(leftovers(home)).toEqual([]);
    expect(await coracleOk(['images', '--json'], { env })).not.toContain(server.host);
  });

  it('about a digest: other bytes come under it', async () => {
    const server = await registry();
    const { layer, manifest } = await putImage(server, 'team/lie');
    const bytes = Buffer.from(server.blobs.get(`team/lie ${layer}`) ?? '');
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    server.blobs.set(`team/lie ${layer}`, bytes);
    await failsWith('BLOB_CORRUPT', ['pull', `${server.host}/team/lie:1`], {
      home: path.join(root, 'other'),
    });
    const other = Buffer.from(JSON.stringify({ schemaVersion: 2 }));
    server.manifests.set(`team/lie ${manifest}`, { mediaType: mediaTypes.ociManifest, bytes: other });
    const exit = await coracle(['pull', `${server.host}/team/lie@${manifest}`], { env });
    expect(exit.stderr).toMatch(/\[(IMAGE_INVALID|BLOB_CORRUPT)\]/);
    expect(exit.code).toBe(3);
  });

  it('about what a layer unpacks to, under a program', async () => {
    const server = await registry();
    await putImage(server, 'team/lie');
    const config = Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: [digestOf('x')] },
      }),
    );
    await putImage(server, 'team/lie', (manifest) => {
      const digest = server.putBlob('team/lie', config);
      Object.assign(manifest.config, { digest, size: config.length });
    });
    const base = `${server.host}/team/lie:1`;
    await failsWith('IMAGE_INVALID', ['build', tiny(tempDir()), '-t', 'lie', '--base', base], { home });
    expect(await coracleOk(['images', '--json'], { env })).not.toContain('library/lie');
  });
});
