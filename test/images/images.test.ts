import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyImage, pullImage, pushImage } from '../../src/images/copy.ts';
import { inspectImage, rawConfig, rawManifest } from '../../src/images/inspect.ts';
import { listImages } from '../../src/images/list.ts';
import { removeImages, tagImage } from '../../src/images/names.ts';
import { pruneStore } from '../../src/images/prune.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/store.ts';
import { hasRegistry, startRegistry, type TestRegistry } from '../components/registry.ts';
import { testCtx } from '../support/ctx.ts';
import { fillStore } from './store.ts';
import { containing } from '../support/containing.ts';
import { parseJson } from '../support/json.ts';

const access = { insecure: [] };

async function filled() {
  const ctx = testCtx();
  return { ctx, ...(await fillStore(ctx)) };
}

describe('names', () => {
  test('are listed with platforms and sizes; a layer that two platforms share counts once', async () => {
    const { ctx, both } = await filled();
    const images = await listImages(ctx);
    expect(images.map(({ repository, tag, platforms }) => [repository, tag, platforms])).toEqual([
      ['both', 'latest', ['linux/amd64', 'linux/arm64']],
      ['one', '1', ['linux/amd64']],
    ]);
    expect(images[0]).toMatchObject({
      size: 'shared'.length + 2 * 'amd64'.length,
      descriptor: { digest: both.digest },
    });
  });

  test('of a damaged image are listed as such', async () => {
    const { ctx, one } = await filled();
    rmSync((await openStore(ctx)).blobs.path(one.digest));
    expect(await listImages(ctx)).toContainEqual(
      expect.objectContaining({ repository: 'one', damaged: containing('sha256') }),
    );
  });

  test('can be given anew, by name or by the beginning of a digest', async () => {
    const { ctx, one } = await filled();
    await tagImage(ctx, 'one:1', 'registry.example.com/team/api:2');
    await tagImage(ctx, one.digest.slice(0, 20), 'by-id');
    await tagImage(ctx, one.digest.slice(7, 17), 'by-hex');
    const names = (await listImages(ctx))
      .filter((image) => image.descriptor.digest === one.digest)
      .map((image) => image.name);
    expect(names).toEqual([
      'docker.io/library/by-hex:latest',
      'docker.io/library/by-id:latest',
      'docker.io/library/one:1',
      'registry.example.com/team/api:2',
    ]);
  });

  test.each([
    ['nothere', 'x', 'NOT_FOUND'],
    ['one:1', 'UPPER', 'REFERENCE_INVALID'],
    ['one:1', `x@sha256:${'0'.repeat(64)}`, 'REFERENCE_INVALID'],
    ['oci:dir', 'x', 'USAGE'],
    [`sha256:${'0'.repeat(64)}`, 'x', 'NOT_FOUND'],
  ])('tag %s %s is refused with %s', async (from, to, code) => {
    const { ctx } = await filled();
    await expect(tagImage(ctx, from, to)).rejects.toMatchObject({ code });
  });

  test('are removed all or none', async () => {
    const { ctx, one } = await filled();
    await expect(removeImages(ctx, ['one:1', 'nothere'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: containing('Nothing was removed'),
    });
    expect(await listImages(ctx)).toHaveLength(2);
    await tagImage(ctx, 'one:1', 'two');
    expect(await removeImages(ctx, [one.digest.slice(7, 19)])).toEqual([
      'docker.io/library/one:1',
      'docker.io/library/two:latest',
    ]);
    expect(await listImages(ctx)).toHaveLength(1);
  });

  test('keep their blobs from prune; what lost its name goes', async () => {
    const { ctx, one } = await filled();
    await removeImages(ctx, ['one:1']);
    const told = await pruneStore(ctx, { all: true, dryRun: true });
    expect(told.removed.map((item) => item.what)).toContain(`blob ${one.digest}`);
    const store = await openStore(ctx);
    expect(await store.blobs.has(one.digest)).toBeDefined();
    expect((await listImages(ctx)).map((image) => image.repository)).toEqual(['both']);
  });
});

describe('inspect', () => {
  test('shows an image and an index, and one platform of it', async () => {
    const { ctx, one, both } = await filled();
    expect(await inspectImage(ctx, { source: 'one:1', access })).toMatchObject({
      kind: 'image',
      platform: 'linux/amd64',
      descriptor: { digest: one.digest },
      layers: [{ size: 3 }],
    });
    expect(await inspectImage(ctx, { source: 'both', access })).toMatchObject({
      kind: 'index',
      descriptor: { digest: both.digest },
      manifests: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }],
    });
    expect(await inspectImage(ctx, { source: 'both', platform: 'linux/arm64', access })).toMatchObject({
      kind: 'image',
      platform: 'linux/arm64',
    });
    await expect(
      inspectImage(ctx, { source: 'both', platform: 'linux/s390x', access }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', hint: containing('linux/arm64') });
  });

  test('gives the exact bytes', async () => {
    const { ctx, one } = await filled();
    const manifest = await rawManifest(ctx, { source: 'one:1', access });
    expect(digestOf(manifest)).toBe(one.digest);
    const config = await rawConfig(ctx, { source: 'one:1', access });
    expect(await inspectImage(ctx, { source: 'one:1', access })).toMatchObject({
      configDescriptor: { digest: digestOf(config) },
    });
  });
});

describe('copy', () => {
  test.each(['oci:image.tar', 'oci:layout', 'oci:layout:v7'])(
    'to %s and back keeps every byte of an index',
    async (place) => {
      const { ctx, both } = await filled();
      await copyImage(ctx, { from: 'both', to: place, access });
      expect(await inspectImage(ctx, { source: place, access })).toMatchObject({
        descriptor: { digest: both.digest },
      });
      await copyImage(ctx, { from: place, to: 'again:1', access });
      expect(await inspectImage(ctx, { source: 'store:again:1', access })).toMatchObject({
        descriptor: { digest: both.digest },
      });
    },
  );

  test('a docker archive takes one platform', async () => {
    const { ctx } = await filled();
    await expect(copyImage(ctx, { from: 'both', to: 'docker-archive:d.tar', access })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await copyImage(ctx, {
      from: 'both',
      to: 'docker-archive:d.tar:team/api:9',
      platform: 'linux/arm64',
      access,
    });
    expect(await inspectImage(ctx, { source: 'docker-archive:d.tar:team/api:9', access })).toMatchObject({
      platform: 'linux/arm64',
    });
  });

  test('a destination that is a digest is refused', async () => {
    const { ctx } = await filled();
    await expect(
      copyImage(ctx, { from: 'one:1', to: `sha256:${'a'.repeat(64)}`, access }),
    ).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  });

  test('a name without a registry is not pushed to Docker Hub by accident', async () => {
    const { ctx } = await filled();
    await expect(pushImage(ctx, { from: 'one:1', access })).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'coracle push one:1 registry.example.com/team/one',
    });
    await expect(pushImage(ctx, { from: 'nothere', access })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe.skipIf(!hasRegistry)('with a real registry', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => registry.stop());

  test('an index is pushed, pulled, and copied within the registry without moving a byte', async () => {
    const { ctx, both } = await filled();
    const name = `${registry.host}/team/both`;
    expect(await pushImage(ctx, { from: 'both', to: `${name}:1`, access })).toMatchObject({
      descriptor: { digest: both.digest },
      present: 0,
    });
    expect(await pushImage(ctx, { from: 'both', to: `${name}:1`, access })).toMatchObject({ copied: 0 });
    expect(
      await copyImage(ctx, { from: `${name}:1`, to: `${registry.host}/other/both:2`, access }),
    ).toMatchObject({ copied: 0, bytes: 0 });
    const fresh = testCtx();
    expect(await pullImage(fresh, { from: `${name}:1`, access })).toMatchObject({
      descriptor: { digest: both.digest },
    });
    expect((await listImages(fresh)).map((image) => [image.repository, image.platforms])).toEqual([
      [name, ['linux/amd64', 'linux/arm64']],
    ]);
    // Nothing is missing when it is pulled again, and a digest names it too.
    expect(await pullImage(fresh, { from: `${name}:1`, access })).toMatchObject({ copied: 0, bytes: 0 });
    expect(await inspectImage(fresh, { source: `${name}@${both.digest}`, access })).toMatchObject({
      kind: 'index',
    });
    expect(
      fresh.events.filter((event) => event.kind === 'step' && event.state === 'done').length,
    ).toBeGreaterThan(0);
  });

  test("one platform is pulled, and a destination without a tag takes the source's", async () => {
    const { ctx } = await filled();
    const name = `${registry.host}/team/one`;
    expect((await pushImage(ctx, { from: 'one:1', to: name, access })).to).toBe(`${name}:1`);
    await pushImage(ctx, { from: 'both', to: `${name}:both`, access });
    const fresh = testCtx();
    await pullImage(fresh, { from: `${name}:both`, platform: 'linux/arm64', access });
    expect(await inspectImage(fresh, { source: `store:${name}:both`, access })).toMatchObject({
      kind: 'image',
      platform: 'linux/arm64',
    });
  });

  test('what is nowhere is not found', async () => {
    const { ctx } = await filled();
    await expect(pullImage(ctx, { from: `${registry.host}/nothere:1`, access })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

test('a layout that is written over keeps what it had', async () => {
  const { ctx } = await filled();
  await copyImage(ctx, { from: 'one:1', to: 'oci:layout', access });
  await copyImage(ctx, { from: 'both', to: 'oci:layout', access });
  const index = parseJson<{
    manifests: unknown[];
  }>(readFileSync(path.join(ctx.cwd, 'layout/index.json'), 'utf8'));
  expect(index.manifests).toHaveLength(2);
});
