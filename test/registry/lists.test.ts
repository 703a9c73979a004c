import { expect, test } from 'vitest';
import { mediaTypes } from '../../src/oci/types.ts';
import { addImage, json, memory } from './support/image.ts';
import { failure, setup } from './support/setup.ts';

async function all(tags: AsyncGenerator<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const tag of tags) found.push(tag);
  return found;
}

const empty = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });

test('tags over many pages, in order', async () => {
  const { server, registry, ref } = await setup({ pageSize: 2 });
  for (const tag of ['a', 'b', 'c', 'd', 'e']) server.putManifest('app', tag, mediaTypes.ociIndex, empty);
  expect(await all(registry.tags(ref('app')))).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(server.seen).toHaveLength(3);
});

test('a next page elsewhere is looked for at the registry itself', async () => {
  const { server, registry, ref } = await setup();
  server.putManifest('app', 'a', mediaTypes.ociIndex, empty);
  server.fault = ({ path }) =>
    path.includes('last')
      ? undefined
      : { changeHeaders: { link: `<http://${server.elsewhere}/v2/app/tags/list?last=a>; rel="next"` } };
  expect(await all(registry.tags(ref('app')))).toEqual(['a']);
  expect(server.seen.every((request) => request.server === 'registry')).toBe(true);
});

test('a list that goes in a circle, and one that is none', async () => {
  const { server, registry, ref } = await setup();
  server.fault = ({ path }) => ({ changeHeaders: { link: `<${path}>; rel="next"` } });
  await failure(all(registry.tags(ref('app'))), 'REGISTRY_ERROR');
  server.fault = () => ({ replaceBody: Buffer.from('<html>') });
  await failure(all(registry.tags(ref('app'))), 'REGISTRY_ERROR');
});

test('what is no tag is left out', async () => {
  const { server, registry, ref } = await setup();
  server.fault = () => ({ replaceBody: json({ tags: ['fine', '../../etc', '\u001b[31m', 7] }) });
  expect(await all(registry.tags(ref('app')))).toEqual(['fine']);
});

test.each([true, false])('referrers, where the registry keeps them: %s', async (referrers) => {
  const { server, registry, ref } = await setup({ referrers });
  const source = memory();
  const subject = addImage(source, [1]);
  const bytes = (digest: `sha256:${string}`) => source.blobs.get(digest) ?? Buffer.alloc(0);
  expect((await registry.referrers(ref('app'), subject.digest)).manifests).toEqual([]);
  const signatures = [addImage(source, [2], { subject }), addImage(source, [3], { subject })];
  for (const signature of [...signatures, ...signatures]) {
    await registry.pushManifest(
      { ...ref('app'), digest: signature.digest },
      { ...signature, platform: { os: 'x', architecture: 'y' } },
      bytes(signature.digest),
    );
  }
  const index = await registry.referrers(ref('app'), subject.digest);
  expect(index.manifests.map(({ digest }) => digest).sort()).toEqual(
    signatures.map(({ digest }) => digest).sort(),
  );
  expect(index.manifests[0]?.artifactType).toBe(mediaTypes.ociConfig);
  expect([...server.manifests.keys()].some((key) => key.startsWith('app sha256-'))).toBe(!referrers);
});

test('a manifest is deleted by digest; a registry that deletes no tags says so', async () => {
  const { server, registry, ref } = await setup();
  const digest = server.putManifest('app', 'v1', mediaTypes.ociIndex, empty);
  await registry.deleteManifest({ ...ref('app'), digest });
  expect(server.manifests.has(`app ${digest}`)).toBe(false);
  server.fault = () => ({ status: 405 });
  await failure(registry.deleteManifest(ref('app:v1')), 'UNSUPPORTED');
});
