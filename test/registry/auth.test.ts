import { expect, test } from 'vitest';
import { covers, mergeScopes } from '../../src/registry/scope.ts';
import { addImage, inPieces, memory } from './support/image.ts';
import { expectNoSecret, failure, gopher, setup, withCredential } from './support/setup.ts';

const image = memory();
const manifest = addImage(image, [10]);
const bytes = image.blobs.get(manifest.digest) ?? new Uint8Array();
const withPassword = { credentials: withCredential(gopher) };

test('a registry that does not ask sees no credentials and costs one request', async () => {
  const { server, registry, ref } = await setup({}, withPassword);
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  expect(await registry.head(ref('app:v1'))).toMatchObject({ digest: manifest.digest });
  expect(server.seen.map(({ method, headers }) => [method, headers.authorization])).toEqual([
    ['HEAD', undefined],
  ]);
});

test('a token is fetched once for many requests, and with the password only at the token server', async () => {
  const { server, registry, ref, ctx } = await setup({ auth: 'bearer' }, withPassword);
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  await registry.manifest(ref('app:v1'));
  await Promise.all(Array.from({ length: 5 }, async () => registry.head(ref('app:v1'))));
  const tokens = server.seen.filter((request) => request.server === 'tokens');
  expect(tokens).toHaveLength(1);
  expect(tokens[0]?.path).toContain('service=test%2C+%22quoted%22');
  const basics = server.seen.filter(({ headers }) => headers.authorization?.startsWith('Basic'));
  expect(basics).toEqual(tokens);
  expectNoSecret(ctx.events, ...server.tokens.keys());
});

test('concurrent first requests share one token', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, withPassword);
  const blob = server.putBlob('app', Buffer.from('x'));
  await Promise.all(Array.from({ length: 8 }, async () => registry.hasBlob(ref('app'), blob)));
  expect(server.tokens.size).toBe(1);
});

test('a token that was revoked is replaced', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, withPassword);
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  await registry.head(ref('app:v1'));
  for (const token of server.tokens.values()) token.revoked = true;
  expect(await registry.head(ref('app:v1'))).toBeDefined();
  expect(server.tokens.size).toBe(2);
});

test('a token is renewed before it expires', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer', lifetime: 0.001 }, withPassword);
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  await registry.head(ref('app:v1'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await registry.head(ref('app:v1'));
  expect(server.tokens.size).toBe(2);
  expect(server.seen.filter(({ method }) => method === 'HEAD')).toHaveLength(3); // one 401 in all
});

test('anonymous tokens read what is public', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer', anonymousPull: true });
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  expect(await registry.head(ref('app:v1'))).toBeDefined();
  const error = await failure(registry.pushManifest(ref('app:v2'), manifest, bytes), 'REGISTRY_AUTH');
  expect(error.hint).toBe(`coracle login ${server.host}`);
});

test('basic authentication', async () => {
  const { server, registry, ref } = await setup({ auth: 'basic' }, withPassword);
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  await registry.head(ref('app:v1'));
  await registry.head(ref('app:v1'));
  expect(server.seen.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true, true]);
});

test.each(['basic', 'bearer'] as const)(
  '%s: wrong credentials are REGISTRY_AUTH with the way out, and are tried once',
  async (auth) => {
    const { server, registry, ref } = await setup(
      { auth },
      { credentials: withCredential({ kind: 'password', username: 'gopher', password: 'wrong word' }) },
    );
    const error = await failure(registry.head(ref('app:v1')), 'REGISTRY_AUTH');
    expect(error.hint).toContain(`coracle login ${server.host}`);
    expect(server.seen.length).toBeLessThanOrEqual(2);
    expectNoSecret(error, 'wrong word', Buffer.from('gopher:wrong word').toString('base64'));
  },
);

test('an identity token is exchanged by POST, and goes nowhere else', async () => {
  const { server, registry, ref } = await setup(
    { auth: 'bearer', identity: 'identity-secret' },
    { credentials: withCredential({ kind: 'identity', token: 'identity-secret' }) },
  );
  server.putManifest('app', 'v1', manifest.mediaType, bytes);
  expect(await registry.head(ref('app:v1'))).toBeDefined();
  expect(
    server.seen.filter((request) => request.server === 'tokens').map(({ method, path }) => [method, path]),
  ).toEqual([['POST', '/token']]);
});

test('a registry token is sent as it is', async () => {
  const { server, registry, ref } = await setup(
    { auth: 'bearer' },
    { credentials: withCredential({ kind: 'registry', token: 'ready-made' }) },
  );
  server.tokens.set('ready-made', { scopes: ['repository:app:pull'], revoked: false });
  expect(await registry.head(ref('app:v1'))).toBeUndefined();
  expect(server.seen.every((request) => request.server === 'registry')).toBe(true);
});

test('a mount asks for both repositories in one token', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, withPassword);
  const blob = {
    mediaType: 'application/octet-stream',
    digest: server.putBlob('base/os', Buffer.from('layer')),
    size: 5,
  };
  const open = () => inPieces(Buffer.from('layer'));
  expect(await registry.pushBlob(ref('app'), blob, open, { mountFrom: 'base/os' })).toBe('mounted');
  expect([...server.tokens.values()].at(-1)?.scopes).toEqual([
    'repository:app:pull,push',
    'repository:base/os:pull',
  ]);
  expect(server.blobs.has(`app ${blob.digest}`)).toBe(true);
});

test.each([
  ['no address', 'Bearer realm="/token"', 'REGISTRY_ERROR'],
  ['an address with a password', 'Bearer realm="http://u:p@127.0.0.1/token"', 'REGISTRY_ERROR'],
  ['a file', 'Bearer realm="file:///etc/passwd"', 'REGISTRY_ERROR'],
] as const)('a token server that is %s is refused', async (_, challenge, code) => {
  const { server, registry, ref } = await setup({}, withPassword);
  server.fault = () => ({ status: 401, headers: { 'www-authenticate': challenge } });
  await failure(registry.head(ref('app:v1')), code);
  expect(server.seen).toHaveLength(1);
});

test('a registry that repeats what it was sent does not make us repeat it', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, withPassword);
  server.fault = (request) =>
    request.server === 'registry' && request.headers.authorization !== undefined
      ? {
          status: 400,
          body: JSON.stringify({
            errors: [
              {
                code: 'BAD',
                message: `header ${request.headers.authorization}`,
                detail: 'right password \u001b[31mred',
              },
            ],
          }),
        }
      : undefined;
  const error = await failure(registry.manifest(ref('app:v1')), 'REGISTRY_ERROR');
  expect(error.detail).toBe('BAD: header Bearer *** (*** [31mred)');
  expectNoSecret(error, ...server.tokens.keys());
});

test('a token answer that is endless, or holds a line break, is no token', async () => {
  const { server, registry, ref } = await setup({ auth: 'bearer' }, withPassword);
  server.fault = (request) => (request.server === 'tokens' ? { endless: true } : undefined);
  await failure(registry.head(ref('app:v1')), 'REGISTRY_AUTH');
  server.fault = (request) =>
    request.server === 'tokens' ? { replaceBody: Buffer.from('{"token":"a\\r\\nb: c"}') } : undefined;
  await failure(registry.head(ref('app:v1')), 'REGISTRY_AUTH');
});

test('scopes of one repository are merged', () => {
  expect(mergeScopes(['repository:b:push', 'repository:a:pull'], ['repository:b:pull,push', ''])).toEqual([
    'repository:a:pull',
    'repository:b:pull,push',
  ]);
  expect(covers(['repository:a:pull,push'], ['repository:a:pull'])).toBe(true);
  expect(covers(['repository:a:pull'], ['repository:a:pull,push'])).toBe(false);
  expect(covers(['repository:a:pull'], ['repository:b:pull'])).toBe(false);
});
