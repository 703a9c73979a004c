import { expect, test } from 'vitest';
import { retryAfter } from '../../src/registry/errors.ts';
import { inTurn } from '../components/token-registry.ts';
import { addImage, memory } from './support/image.ts';
import { failure, setup } from './support/setup.ts';

const image = memory();
const manifest = addImage(image, [10]);
const bytes = image.blobs.get(manifest.digest) ?? new Uint8Array();
const any = () => true;

test.each([
  [401, 'REGISTRY_AUTH', 1],
  [403, 'REGISTRY_DENIED', 1],
  [404, 'NOT_FOUND', 1],
  [429, 'REGISTRY_RATE_LIMIT', 3],
  [400, 'REGISTRY_ERROR', 1],
  [500, 'REGISTRY_ERROR', 3],
  [503, 'REGISTRY_ERROR', 3],
] as const)('status %i is %s, asked %i times', async (status, code, times) => {
  const { server, registry, ref } = await setup();
  server.fault = () => ({ status, body: '{"errors":[{"code":"SOME_CODE","message":"in its own words"}]}' });
  const error = await failure(registry.manifest(ref('app:v1')), code);
  if (status !== 404) expect(error.detail).toBe('SOME_CODE: in its own words');
  expect(error.message).toContain(status === 404 ? 'app:v1' : server.host);
  expect(server.seen).toHaveLength(times);
});

test.each([
  ['seconds', '0'],
  ['a date', new Date(Date.now() - 5000).toUTCString()],
])('429 with Retry-After as %s, then the answer', async (_, header) => {
  const { server, registry, ref } = await setup({}, { retry: { attempts: 2, pause: 3_600_000 } });
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = inTurn(any, { status: 429, headers: { 'retry-after': header } });
  expect(await registry.head(ref('app:v1'))).toBeDefined();
});

test('a registry that asks for an hour is not waited for, and the hint says so', async () => {
  const { server, registry, ref } = await setup();
  server.fault = () => ({ status: 429, headers: { 'retry-after': '3600' } });
  const error = await failure(registry.head(ref('app:v1')), 'REGISTRY_RATE_LIMIT');
  expect(error.hint).toContain('3600 seconds');
  expect(server.seen).toHaveLength(1);
});

test('Retry-After', () => {
  const now = Date.UTC(2030, 0, 1);
  expect(retryAfter('120', now)).toBe(120_000);
  expect(retryAfter('Tue, 01 Jan 2030 00:00:10 GMT', now)).toBe(10_000);
  expect(retryAfter('Tue, 01 Jan 2020 00:00:10 GMT', now)).toBe(0);
  expect(retryAfter('soon', now)).toBeUndefined();
  expect(retryAfter(undefined, now)).toBeUndefined();
});

test('one bad moment is not the end', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = inTurn(any, { status: 503 }, { cutRequest: 0 });
  expect(await registry.head(ref('app:v1'))).toBeDefined();
});

test('silence is NETWORK', async () => {
  const { server, registry, ref } = await setup({}, { idleTimeout: 50, retry: { attempts: 2, pause: 1 } });
  server.fault = () => ({ silence: true });
  const error = await failure(registry.head(ref('app:v1')), 'NETWORK');
  expect(error.message).toContain(server.host);
});

test('nothing listens', async () => {
  const { server, registry, ref } = await setup();
  await server.stop();
  await failure(registry.head(ref('app:v1')), 'NETWORK');
});

test('a manifest with another digest than was asked for, or than the registry says', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  const other = Buffer.from(bytes);
  other.write(' ', other.length - 1);
  server.fault = () => ({ replaceBody: Buffer.concat([bytes, Buffer.from('\n')]) });
  await failure(registry.manifest({ ...ref('app'), digest: manifest.digest }), 'BLOB_CORRUPT');
  await failure(registry.manifest(ref('app:v1')), 'BLOB_CORRUPT');
});

test('a HEAD that says another digest than was asked for', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = () => ({ changeHeaders: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } });
  await failure(registry.head({ ...ref('app'), digest: manifest.digest }), 'BLOB_CORRUPT');
});

test.each(['docker-content-digest', 'content-type'])(
  'a HEAD without %s is made good by a GET',
  async (name) => {
    const { server, registry, ref } = await setup();
    server.putManifest('app', 'v1', manifest.mediaType, bytes);
    server.fault = () => ({ changeHeaders: { [name]: undefined } });
    expect(await registry.head(ref('app:v1'))).toEqual({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.size,
    });
  },
);

test('a manifest above 4 MiB, or without end, is refused', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = () => ({ endless: true });
  await failure(registry.manifest(ref('app:v1')), 'IMAGE_INVALID');
});

test('a manifest that calls itself something else than the registry does', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = () => ({ changeHeaders: { 'content-type': 'application/vnd.oci.image.index.v1+json' } });
  await failure(registry.manifest(ref('app:v1')), 'IMAGE_INVALID');
});

test("an image of Docker's first form is UNSUPPORTED", async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'v1', 'application/vnd.docker.distribution.manifest.v1+prettyjws', bytes);
  await failure(registry.manifest(ref('app:v1')), 'UNSUPPORTED');
});

test('an error page that never ends is cut, and HTML is not shown', async () => {
  const { server, registry, ref } = await setup();
  server.fault = () => ({ status: 418, body: `<html>${'x'.repeat(1_000_000)}</html>` });
  const error = await failure(registry.manifest(ref('app:v1')), 'REGISTRY_ERROR');
  expect(error.detail).toBeUndefined();
});

test('a redirect to another origin gets no credentials; to plain http from https, or in a circle, none is followed', async () => {
  const { server, registry, ref } = await setup();
  server.fault = (request) => ({ status: 307, headers: { location: request.path } });
  await failure(registry.manifest(ref('app:v1')), 'REGISTRY_ERROR');
  expect(server.seen).toHaveLength(11);
});

test("a registry's warning reaches the user once", async () => {
  const { server, registry, ref, ctx } = await setup();
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  server.fault = () => ({ changeHeaders: { warning: '299 - "this tag \\"v1\\" is old"' } });
  await registry.head(ref('app:v1'));
  await registry.head(ref('app:v1'));
  expect(ctx.events).toEqual([{ kind: 'warning', message: `${server.host} says: this tag "v1" is old` }]);
});

test('an interrupt ends a request that hangs, with its reason', async () => {
  const { ctx, server, registry, ref } = await setup();
  server.fault = () => ({ silence: true });
  const work = registry.head(ref('app:v1'));
  setTimeout(() => ctx.abort(new Error('Ctrl-C')), 20);
  await expect(work).rejects.toThrow('Ctrl-C');
});
