import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Descriptor } from '../../src/oci/types.ts';
import type { TokenRegistry } from '../components/token-registry.ts';
import { inTurn } from '../components/token-registry.ts';
import { collect } from './support/image.ts';
import { expectNoSecret, failure, gopher, setup, withCredential } from './support/setup.ts';

const isBlob = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'GET' && path.includes('/blobs/');

function put(server: TokenRegistry, bytes: Uint8Array): Descriptor {
  return {
    mediaType: 'application/octet-stream',
    digest: server.putBlob('app', bytes),
    size: bytes.byteLength,
  };
}

test('a blob, an empty one too', async () => {
  const { server, registry, ref } = await setup();
  for (const bytes of [randomBytes(300_000), Buffer.alloc(0)]) {
    expect((await collect(registry.source(ref('app')).open(put(server, bytes)))).equals(bytes)).toBe(true);
  }
});

test('half a blob: the rest is asked for by Range', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(300_000);
  server.fault = inTurn(isBlob, { cutBody: 100_000 }, { cutBody: 50_000 });
  expect((await collect(registry.source(ref('app')).open(put(server, bytes)))).equals(bytes)).toBe(true);
  expect(server.seen.map(({ headers }) => headers.range)).toEqual([
    undefined,
    'bytes=100000-',
    'bytes=150000-',
  ]);
});

test('half a blob from a server that knows no Range: what is there is passed over', async () => {
  const { server, registry, ref } = await setup({ ranges: false });
  const bytes = randomBytes(300_000);
  server.fault = inTurn(isBlob, { cutBody: 100_000 });
  expect((await collect(registry.source(ref('app')).open(put(server, bytes)))).equals(bytes)).toBe(true);
});

test('a download that breaks again and again without coming on is given up', async () => {
  const { server, registry, ref } = await setup();
  const blob = put(server, randomBytes(300_000));
  server.fault = (request) => (isBlob(request) ? { cutBody: 10 } : undefined);
  await failure(collect(registry.source(ref('app')).open(blob)), 'NETWORK');
  expect(server.seen.length).toBeLessThan(10);
});

test.each([
  ['other bytes of the same length', (bytes: Buffer) => ({ replaceBody: Buffer.alloc(bytes.length) })],
  [
    'too few bytes, and a Content-Length that fits them',
    (bytes: Buffer) => ({ replaceBody: bytes.subarray(1) }),
  ],
  [
    'more bytes than promised',
    (bytes: Buffer) => ({ replaceBody: Buffer.concat([bytes, bytes]), withoutLength: true }),
  ],
  ['no end', () => ({ endless: true }) as const],
])('%s: BLOB_CORRUPT, and the last chunk is never given', async (_, fault) => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(200_000);
  const blob = put(server, bytes);
  server.fault = (request) => (isBlob(request) ? fault(bytes) : undefined);
  let given = 0;
  const read = async (): Promise<void> => {
    for await (const chunk of registry.source(ref('app')).open(blob)) given += chunk.byteLength;
  };
  await failure(read(), 'BLOB_CORRUPT');
  expect(given).toBeLessThan(bytes.length);
});

test('too few bytes without a length: asked for again, then given up', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(2000);
  const blob = put(server, bytes);
  server.fault = inTurn(isBlob, { replaceBody: bytes.subarray(0, 1000), withoutLength: true });
  expect((await collect(registry.source(ref('app')).open(blob))).equals(bytes)).toBe(true);
});

test('another part than was asked for is refused', async () => {
  const { server, registry, ref } = await setup();
  const blob = put(server, randomBytes(2000));
  server.fault = inTurn(
    isBlob,
    { cutBody: 1000 },
    { changeHeaders: { 'content-range': 'bytes 0-999/2000' } },
  );
  await failure(collect(registry.source(ref('app')).open(blob)), 'REGISTRY_ERROR');
});

test('a blob behind a redirect: the other origin sees no credentials, and its signed address is in no error', async () => {
  const { server, registry, ref } = await setup(
    { auth: 'bearer', blobsElsewhere: true },
    { credentials: withCredential(gopher) },
  );
  const bytes = randomBytes(1000);
  const blob = put(server, bytes);
  expect(await collect(registry.source(ref('app')).open(blob))).toEqual(bytes);
  const there = server.seen.filter((request) => request.server === 'elsewhere');
  expect(there.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  server.fault = (request) =>
    request.server === 'elsewhere' ? { status: 403, body: '<Error>geheim</Error>' } : undefined;
  await failure(collect(registry.source(ref('app')).open(blob)), 'REGISTRY_DENIED');
});

test('a 401 of another origin is not answered with our credentials', async () => {
  const { server, registry, ref } = await setup(
    { auth: 'bearer', blobsElsewhere: true },
    { credentials: withCredential(gopher) },
  );
  const blob = put(server, randomBytes(1000));
  server.fault = (request) =>
    request.server === 'elsewhere'
      ? { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${server.elsewhere}/token"` } }
      : undefined;
  await failure(collect(registry.source(ref('app')).open(blob)), 'REGISTRY_AUTH');
  expect(
    server.seen
      .filter((request) => request.server === 'elsewhere')
      .every(({ headers }) => headers.authorization === undefined),
  ).toBe(true);
  expect(server.seen.some(({ path }) => path.startsWith('/token') && path.includes('elsewhere'))).toBe(false);
});

test('who stops reading closes the connection', async () => {
  const { server, registry, ref, ctx } = await setup();
  const blob = put(server, randomBytes(5_000_000));
  for await (const chunk of registry.source(ref('app')).open(blob)) if (chunk.byteLength > 0) break;
  expectNoSecret(ctx.events);
  expect(server.seen).toHaveLength(1);
});

test('mirrors: asked in order, and the registry itself when they fail', async () => {
  const first = await setup();
  const second = await setup({ auth: 'bearer' });
  const home = await setup({}, { mirrors: {} });
  const bytes = randomBytes(1000);
  const blob = put(home.server, bytes);
  const mirrored = await setup({}, () => ({
    mirrors: { [home.server.host]: [`${first.server.host}/cache`, second.server.host] },
  }));
  const source = mirrored.registry.source(home.ref('app'));
  expect(await collect(source.open(blob))).toEqual(bytes);
  expect(first.server.seen.map(({ path }) => path)).toEqual([`/v2/cache/app/blobs/${blob.digest}`]);
  expect(second.server.seen[0]?.path).toBe(
    `/v2/app/blobs/${blob.digest}?ns=${encodeURIComponent(home.server.host)}`,
  );
  first.server.putBlob('cache/app', bytes);
  expect(await collect(source.open(blob))).toEqual(bytes);
  expect(home.server.seen).toHaveLength(1);
});

test("a mirror's wrong bytes are refused, and the registry itself is asked the next time", async () => {
  const mirror = await setup();
  const home = await setup();
  const bytes = randomBytes(1000);
  const blob = put(home.server, bytes);
  put(mirror.server, bytes);
  mirror.server.fault = () => ({ replaceBody: Buffer.alloc(1000) });
  const mirrored = await setup({}, () => ({ mirrors: { [home.server.host]: [mirror.server.host] } }));
  const source = mirrored.registry.source(home.ref('app'));
  await failure(collect(source.open(blob)), 'BLOB_CORRUPT');
  expect(await collect(source.open(blob))).toEqual(bytes);
  const small = put(home.server, Buffer.from('small'));
  expect(Buffer.from(await source.read(small)).toString()).toBe('small');
});

test("a mirror's wrong manifest is passed over with a warning", async () => {
  const mirror = await setup();
  const home = await setup();
  const manifest = Buffer.from(
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
  );
  const digest = home.server.putManifest('app', 'v1', 'application/vnd.oci.image.index.v1+json', manifest);
  mirror.server.putManifest(
    'app',
    digest,
    'application/vnd.oci.image.index.v1+json',
    Buffer.concat([manifest, Buffer.from(' ')]),
  );
  const mirrored = await setup({}, () => ({ mirrors: { [home.server.host]: [mirror.server.host] } }));
  expect((await mirrored.registry.manifest({ ...home.ref('app'), digest })).descriptor.digest).toBe(digest);
  expect(mirrored.ctx.events).toMatchObject([{ kind: 'warning' }]);
});
