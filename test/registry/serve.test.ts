import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createRegistry } from '../../src/registry/client.ts';
import { serveImage } from '../../src/registry/serve.ts';
import type { ImageServer, ServedPort } from '../../src/registry/serve.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import { addImage, addIndex, memory } from './support/image.ts';

async function served(...given: Parameters<typeof serveImage>): Promise<ImageServer & ServedPort> {
  const server = await serveImage(...given);
  onTestFinished(server.close);
  return { ...server, ...(await server.listen()) };
}

test('an image of two platforms, as a client of registries sees it', async () => {
  const source = memory();
  const images = ['amd64', 'arm64'].map((architecture) =>
    addImage(source, [300_000, 5], { platform: { os: 'linux', architecture } }),
  );
  const index = addIndex(source, images);
  const server = await served(source, index);
  const registry = createRegistry(testCtx(), {});
  const reference = parseReference(`127.0.0.1:${server.port}/${server.name}`);
  expect(await registry.head(reference)).toMatchObject({ digest: index.digest, size: index.size });
  const from = registry.source(reference);
  for (const [digest, bytes] of source.blobs) {
    const isManifest = [index, ...images].some((one) => one.digest === digest);
    const descriptor = {
      mediaType: isManifest ? mediaTypes.ociManifest : mediaTypes.ociLayerGzip,
      ...{ digest, size: bytes.byteLength },
    };
    if (isManifest) continue;
    const got: Uint8Array[] = [];
    for await (const chunk of from.open(descriptor)) got.push(chunk);
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
  }
  expect(server.sent()).toBeGreaterThan(600_000);
  expect(server.problem()).toBeUndefined();
});

test('nothing but the image: other blobs, other names, other methods', async () => {
  const source = memory();
  const image = addImage(source, [10]);
  const other = source.add(Buffer.from('somebody else’s'), mediaTypes.ociLayerGzip);
  const server = await served(source, image);
  const [repository = ''] = server.name.split('@');
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}/v2/${path}`, { method })).status;
  expect(await status('')).toBe(200);
  expect(await status(`${repository}/manifests/${image.digest}`)).toBe(200);
  expect(await status(`${repository}/manifests/${image.digest}`, 'HEAD')).toBe(200);
  expect(await status(`${repository}/blobs/${other.digest}`)).toBe(404);
  expect(await status(`${repository}/blobs/${image.digest}`)).toBe(404);
  expect(await status(`${repository}/blobs/sha256:../../../etc/passwd`)).toBe(404);
  expect(await status(`${repository}/manifests/latest`)).toBe(404);
  expect(await status(`${repository}/tags/list`)).toBe(404);
  expect(await status(`guessed/manifests/${image.digest}`)).toBe(404);
  expect(await status('_catalog')).toBe(404);
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'])
    expect(await status(`${repository}/blobs/uploads/`, method)).toBe(405);
});

test('manifests of an index that are not in the store are not offered', async () => {
  const source = memory();
  const [here, elsewhere] = [addImage(source, [10]), addImage(source, [20])];
  const index = addIndex(source, [here, elsewhere]);
  const store = await openStore(testCtx());
  for (const [digest, bytes] of source.blobs)
    if (digest !== elsewhere.digest) await store.blobs.put(bytes, { digest });
  const server = await served(store.blobs, index);
  const [repository = ''] = server.name.split('@');
  const status = async (digest: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}/v2/${repository}/manifests/${digest}`)).status;
  expect(await status(index.digest)).toBe(200);
  expect(await status(here.digest)).toBe(200);
  expect(await status(elsewhere.digest)).toBe(404);
});

test('a damaged or missing blob breaks the answer, and the server says why', async () => {
  const source = memory();
  const image = addImage(source, [400_000]);
  const store = await openStore(testCtx());
  for (const bytes of source.blobs.values()) await store.blobs.put(bytes);
  const [layer] = [...source.blobs].find(([, bytes]) => bytes.byteLength === 400_000) ?? [];
  if (layer === undefined) throw new Error('the test has no layer');
  for (const [damage, code] of [
    [() => writeFileSync(store.blobs.path(layer), Buffer.alloc(400_000)), 'BLOB_CORRUPT'],
    [() => rmSync(store.blobs.path(layer), { force: true }), 'NOT_FOUND'],
  ] as const) {
    const server = await served(store.blobs, image);
    damage();
    const [repository = ''] = server.name.split('@');
    const whole = async (): Promise<ArrayBuffer> =>
      (await fetch(`http://127.0.0.1:${server.port}/v2/${repository}/blobs/${layer}`)).arrayBuffer();
    await expect(whole()).rejects.toThrow(/terminated|fetch failed/);
    expect(server.problem()).toMatchObject({ code });
  }
});

test('closing ends what is being sent', async () => {
  const source = memory();
  const image = addImage(source, [50_000_000]);
  const server = await served(source, image);
  const [repository = ''] = server.name.split('@');
  const [layer] = [...source.blobs].find(([, bytes]) => bytes.byteLength === 50_000_000) ?? [];
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/${repository}/blobs/${layer}`);
  await server.close();
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  await expect(fetch(`http://127.0.0.1:${server.port}/v2/`)).rejects.toThrow('fetch failed');
});
