import { describe, expect, it } from 'vitest';
import { isIndex } from '../../src/oci/image.ts';
import type { Image, ImageIndex } from '../../src/oci/image.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { openTarget, platformImage } from '../../src/oci/view.ts';
import { addImage, addIndex, memorySource } from './memory-source.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

async function openImage(source: ReturnType<typeof memorySource>, descriptor: Descriptor): Promise<Image> {
  const target = await openTarget(source, descriptor);
  if (isIndex(target)) throw new Error('an index');
  return target;
}

async function openIndex(
  source: ReturnType<typeof memorySource>,
  descriptor: Descriptor,
): Promise<ImageIndex> {
  const target = await openTarget(source, descriptor);
  if (!isIndex(target)) throw new Error('an image');
  return target;
}

describe('an image', () => {
  it('reads nothing before it is asked, and each blob once', async () => {
    const source = memorySource();
    const image = await openImage(source, addImage(source, amd64, ['one', 'two']));
    expect(source.reads).toEqual([]);
    await Promise.all([image.config(), image.manifest(), image.layers(), image.raw(), image.rawConfig()]);
    await image.layers();
    expect(source.reads).toHaveLength(2);
  });

  it('pairs layers with their diff ids', async () => {
    const source = memorySource();
    const image = await openImage(source, addImage(source, amd64, ['one', 'two']));
    const layers = await image.layers();
    expect(layers.map((layer) => layer.diffId)).toEqual((await image.config()).rootfs.diff_ids);
    const chunks: Uint8Array[] = [];
    for await (const chunk of layers[1]?.open() ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('two');
  });

  it('refuses a config that names another number of layers', async () => {
    const source = memorySource();
    const config = source.add(
      JSON.stringify({ ...amd64, rootfs: { type: 'layers', diff_ids: [] } }),
      mediaTypes.ociConfig,
    );
    const layers = [source.add('x', mediaTypes.ociLayer)];
    const image = await openImage(
      source,
      source.add(JSON.stringify({ schemaVersion: 2, config, layers }), mediaTypes.ociManifest),
    );
    await expect(image.layers()).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });

  it('forgets a failure, so that a second try may succeed', async () => {
    const source = memorySource();
    const descriptor = addImage(source, amd64);
    const bytes = source.blobs.get(descriptor.digest) ?? new Uint8Array();
    source.blobs.delete(descriptor.digest);
    const image = await openImage(source, descriptor);
    await expect(image.manifest()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    source.blobs.set(descriptor.digest, bytes);
    await expect(image.manifest()).resolves.toMatchObject({ schemaVersion: 2 });
  });

  it('is refused when its source gives other bytes', async () => {
    const source = memorySource();
    const descriptor = addImage(source, amd64);
    source.blobs.set(descriptor.digest, new TextEncoder().encode('{}'));
    const image = await openImage(source, descriptor);
    await expect(image.manifest()).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  it('is told by its content when the media type says nothing', async () => {
    const source = memorySource();
    const descriptor = { ...addImage(source, amd64), mediaType: 'application/json' };
    const image = await openImage(source, descriptor);
    expect(image.descriptor.mediaType).toBe(mediaTypes.ociManifest);
    const text = source.add('hello', 'text/plain');
    await expect(openTarget(source, text)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });
});

describe('platformImage', () => {
  it('picks from an index, and from an index in it', async () => {
    const source = memorySource();
    const [a, b] = [addImage(source, amd64, ['a']), addImage(source, arm64, ['b'])];
    const inner = addIndex(source, [{ ...b, platform: arm64 }]);
    const outer = await openIndex(source, addIndex(source, [{ ...a, platform: amd64 }, inner]));
    expect((await platformImage(outer, amd64)).descriptor.digest).toBe(a.digest);
    expect((await platformImage(outer, arm64)).descriptor.digest).toBe(b.digest);
  });

  it('asks the config where an entry has no platform', async () => {
    const source = memorySource();
    const [a, b] = [addImage(source, amd64, ['a']), addImage(source, arm64, ['b'])];
    const index = await openIndex(source, addIndex(source, [a, b]));
    expect((await platformImage(index, arm64)).descriptor.digest).toBe(b.digest);
  });

  it('says what there is, and leaves attestations out', async () => {
    const source = memorySource();
    const a = addImage(source, amd64);
    const attestation = { ...a, platform: { os: 'unknown', architecture: 'unknown' } };
    const index = await openIndex(source, addIndex(source, [{ ...a, platform: amd64 }, attestation]));
    await expect(platformImage(index, arm64)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'It has: linux/amd64.',
    });
    const image = await openImage(source, a);
    await expect(platformImage(image, arm64)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'It has: linux/amd64.',
    });
    expect(await platformImage(image, amd64)).toBe(image);
  });

  it('gives up on indexes in indexes without end', async () => {
    const source = memorySource();
    let descriptor = addImage(source, arm64);
    for (let depth = 0; depth < 12; depth++) descriptor = addIndex(source, [descriptor]);
    await expect(platformImage(await openTarget(source, descriptor), arm64)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
  });
});
