import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { inTurn } from '../components/token-registry.ts';
import type { Seen, TokenRegistry } from '../components/token-registry.ts';
import { inPieces } from './support/image.ts';
import { failure, gopher, setup, withCredential } from './support/setup.ts';

const describe = (bytes: Uint8Array): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  size: bytes.byteLength,
});
const puts = ({ method }: Seen): boolean => method === 'PUT';
const patches = ({ method }: Seen): boolean => method === 'PATCH';
const methods = (server: TokenRegistry): string => server.seen.map(({ method }) => method).join(' ');
const stored = (server: TokenRegistry, bytes: Uint8Array): boolean =>
  server.blobs.get(`app ${digestOf(bytes)}`)?.equals(bytes) ?? false;

test('one POST and one PUT', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(300_000);
  const sent: number[] = [];
  expect(
    await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes), {
      onProgress: (done) => sent.push(done),
    }),
  ).toBe('uploaded');
  expect(methods(server)).toBe('HEAD POST PUT');
  expect(stored(server, bytes)).toBe(true);
  expect(sent.at(-1)).toBe(bytes.length);
});

test('an empty blob', async () => {
  const { server, registry, ref } = await setup();
  expect(
    await registry.pushBlob(ref('app'), describe(Buffer.alloc(0)), () => inPieces(Buffer.alloc(0))),
  ).toBe('uploaded');
  expect(stored(server, Buffer.alloc(0))).toBe(true);
});

test('what is there is not sent, what another repository has is mounted', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(100);
  server.putBlob('base', bytes);
  const never = () => {
    throw new Error('opened');
  };
  expect(await registry.pushBlob(ref('app'), describe(bytes), never, { mountFrom: 'base' })).toBe('mounted');
  expect(await registry.pushBlob(ref('app'), describe(bytes), never)).toBe('present');
});

test('a mount that the registry does not make, or forbids, becomes an upload', async () => {
  for (const fault of [undefined, { status: 403 }, { status: 404 }] as const) {
    const { server, registry, ref } = await setup();
    const bytes = randomBytes(100);
    server.fault = inTurn(({ method }) => method === 'POST', fault);
    expect(
      await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes), { mountFrom: 'nowhere' }),
    ).toBe('uploaded');
    expect(stored(server, bytes)).toBe(true);
  }
});

test('bytes that changed on the disk are found before the last of them is sent', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(200_000);
  const damaged = Buffer.from(bytes);
  damaged[100_000] = (damaged[100_000] ?? 0) ^ 1;
  for (const wrong of [damaged, bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
    await failure(
      registry.pushBlob(ref('app'), describe(bytes), () => inPieces(wrong)),
      'BLOB_CORRUPT',
    );
  }
  expect(server.blobs.size).toBe(0);
  expect(server.seen.filter(puts).every(({ received }) => received < bytes.length)).toBe(true);
  expect(server.uploads.size).toBe(0); // taken back
});

test('an upload that is cut goes on where it broke', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(1_000_000);
  server.fault = inTurn(puts, { cutRequest: 400_000 });
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
  expect(methods(server)).toBe('HEAD POST PUT HEAD GET PATCH PUT');
  expect(server.seen.find(patches)?.headers['content-range']).toBe('400000-999999');
});

test('an upload whose session is lost starts again', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(1_000_000);
  let first = true;
  server.fault = (request) => {
    if (!puts(request) || !first) return undefined;
    first = false;
    server.uploads.clear();
    return { cutRequest: 400_000 };
  };
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
});

test('the answer to the last PUT is lost: the blob is found there', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(1000);
  server.fault = (request) => {
    if (!puts(request)) return undefined;
    server.putBlob('app', bytes);
    return { cutRequest: 0 };
  };
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
});

test.each([500, 503, 429])('status %i in the middle of an upload is tried again', async (status) => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(1_000_000);
  server.fault = inTurn(puts, { status });
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
});

test('a registry that takes no large body gets chunks', async () => {
  const { server, registry, ref } = await setup({ largestBody: 300_000 });
  const bytes = randomBytes(1_000_000);
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
  expect(server.seen.filter(patches).length).toBeGreaterThan(3);
});

test('a stream of unknown size goes in chunks, of at least the size that the registry wants', async () => {
  const { server, registry, ref } = await setup({ smallestChunk: 9 * 1024 * 1024 });
  const bytes = randomBytes(10 * 1024 * 1024);
  expect(await registry.pushStream(ref('app'), inPieces(bytes))).toEqual({
    digest: digestOf(bytes),
    size: bytes.length,
  });
  expect(stored(server, bytes)).toBe(true);
  expect(server.seen.filter(patches).map(({ headers }) => headers['content-range'])).toEqual([
    '0-9437183',
    '9437184-10485759',
  ]);
});

test.each([0, 1, 5])('a stream of %i bytes', async (size) => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(size);
  expect((await registry.pushStream(ref('app'), inPieces(bytes))).size).toBe(size);
  expect(stored(server, bytes)).toBe(true);
});

test('a chunk that is cut, and one whose answer is lost', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(20 * 1024 * 1024);
  server.fault = inTurn(patches, undefined, { cutRequest: 1_000_000 }, { status: 502 });
  expect((await registry.pushStream(ref('app'), inPieces(bytes))).size).toBe(bytes.length);
  expect(stored(server, bytes)).toBe(true);
});

test('a registry that loses its place in a chunked upload is told of, not believed', async () => {
  const { server, registry, ref } = await setup();
  const bytes = randomBytes(9 * 1024 * 1024);
  server.fault = inTurn(patches, undefined, { status: 416 }, { status: 416 }, { status: 416 });
  await failure(registry.pushStream(ref('app'), inPieces(bytes)), 'REGISTRY_ERROR');
  expect(server.blobs.size).toBe(0);
});

test('an upload to another origin goes without credentials', async () => {
  const { server, registry, ref } = await setup(
    { auth: 'bearer', uploadsElsewhere: true },
    { credentials: withCredential(gopher) },
  );
  const bytes = randomBytes(1000);
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
  expect(
    server.seen
      .filter((request) => request.server === 'elsewhere')
      .map(({ method, headers }) => [method, headers.authorization]),
  ).toEqual([['PUT', undefined]]);
});

test('a token that ends during an upload is renewed, and the body sent anew', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, { credentials: withCredential(gopher) });
  const bytes = randomBytes(500_000);
  server.fault = (request) => {
    if (puts(request) && server.tokens.size === 1)
      for (const token of server.tokens.values()) token.revoked = true;
    return undefined;
  };
  expect(await registry.pushBlob(ref('app'), describe(bytes), () => inPieces(bytes))).toBe('uploaded');
  expect(stored(server, bytes)).toBe(true);
});

test('a registry that opens an upload nowhere', async () => {
  const { server, registry, ref } = await setup();
  server.fault = inTurn(({ method }) => method === 'POST', { changeHeaders: { location: undefined } });
  await failure(
    registry.pushBlob(ref('app'), describe(Buffer.from('x')), () => inPieces(Buffer.from('x'))),
    'REGISTRY_ERROR',
  );
});

test('an interrupt in the middle of an upload', async () => {
  const { ctx, server, registry, ref } = await setup();
  const bytes = randomBytes(500_000);
  const slow = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 1000);
    ctx.abort(new Error('Ctrl-C'));
    yield bytes.subarray(1000);
  };
  await expect(registry.pushBlob(ref('app'), describe(bytes), slow)).rejects.toThrow('Ctrl-C');
  expect(server.blobs.size).toBe(0);
});
