import { expect, test } from 'vitest';
import type { Digest } from '../../src/oci/digest.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { copyTarget, registrySink, storeSink } from '../../src/registry/transfer.ts';
import type { Sink } from '../../src/registry/transfer.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { inTurn } from '../components/token-registry.ts';
import { testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { addImage, addIndex, memory } from './support/image.ts';
import type { Memory } from './support/image.ts';
import { failure, setup } from './support/setup.ts';

const arm = { os: 'linux', architecture: 'arm64' };

/** Two images that share a layer, in an index. */
function both(): { source: Memory; index: Descriptor; images: readonly [Descriptor, Descriptor] } {
  const source = memory();
  const shared = addImage(source, [5000]);
  const layer = source.blobs.get(shared.digest);
  const { layers } = parseJson<{ layers: Descriptor[] }>(Buffer.from(layer ?? []).toString());
  const images: [Descriptor, Descriptor] = [shared, addImage(source, [], { platform: arm, layers })];
  return { source, images, index: addIndex(source, images) };
}

interface There {
  readonly sink: Sink;
  holds(digest: Digest): Promise<boolean>;
}

const sinks = {
  registry: async (): Promise<There> => {
    const { server, registry, ref } = await setup();
    return {
      sink: registrySink(registry, ref('app:v1')),
      holds: async (digest) => server.blobs.has(`app ${digest}`) || server.manifests.has(`app ${digest}`),
    };
  },
  store: async (): Promise<There> => {
    const store: Store = await openStore(testCtx());
    return {
      sink: storeSink(store.blobs),
      holds: async (digest) => (await store.blobs.has(digest)) !== undefined,
    };
  },
};

test.each(['registry', 'store'] as const)(
  '%s: a whole index, its shared layer once; the second time nothing',
  async (name) => {
    const { sink, holds } = await sinks[name]();
    const { source, index } = both();
    const first = await copyTarget({ source, descriptor: index }, sink);
    expect(first).toMatchObject({ descriptor: index, copied: 3, present: 0 });
    for (const digest of source.blobs.keys()) expect(await holds(digest)).toBe(true);
    expect(await copyTarget({ source, descriptor: index }, sink)).toMatchObject({
      copied: 0,
      mounted: 0,
      bytes: 0,
    });
  },
);

test.each(['registry', 'store'] as const)('%s: one platform', async (name) => {
  const { sink, holds } = await sinks[name]();
  const { source, index, images } = both();
  const copied = await copyTarget({ source, descriptor: index }, sink, { platform: arm });
  expect(copied.descriptor.digest).toBe(images[1].digest);
  expect(await holds(index.digest)).toBe(false);
  expect(await holds(images[0].digest)).toBe(false);
});

test.each(['registry', 'store'] as const)(
  '%s: what fails on the way leaves no manifest behind',
  async (name) => {
    const { sink, holds } = await sinks[name]();
    const { source, index } = both();
    const broken = {
      ...source,
      open: (descriptor: Descriptor) => (descriptor.size === 5000 ? fails() : source.open(descriptor)),
    };
    await expect(copyTarget({ source: broken, descriptor: index }, sink)).rejects.toThrow('no such layer');
    for (const [digest, bytes] of source.blobs)
      if (Buffer.from(bytes).includes('schemaVersion')) expect(await holds(digest)).toBe(false);
  },
);

async function* fails(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a beginning');
  throw new Error('no such layer');
}

test('a platform that is not there is NOT_FOUND with what is', async () => {
  const { source, index } = both();
  const store = await openStore(testCtx());
  const error = await failure(
    copyTarget({ source, descriptor: index }, storeSink(store.blobs), {
      platform: { os: 'linux', architecture: 's390x' },
    }),
    'NOT_FOUND',
  );
  expect(error.hint).toContain('linux/amd64, linux/arm64');
});

test('bytes that were damaged on their way are fetched once more', async () => {
  const from = await setup();
  const { source, images } = both();
  const image = images[0];
  for (const [digest, bytes] of source.blobs) {
    from.server.putBlob('app', bytes);
    if (digest === image.digest) from.server.putManifest('app', 'v1', image.mediaType, bytes);
  }
  from.server.fault = inTurn(({ method, path }) => method === 'GET' && path.includes('/blobs/'), {
    replaceBody: Buffer.alloc(5000),
  });
  const store = await openStore(testCtx());
  const target = from.ref('app:v1');
  expect(
    await copyTarget(
      { source: from.registry.source(target), descriptor: await from.registry.resolve(target) },
      storeSink(store.blobs),
    ),
  ).toMatchObject({ copied: 2 });
});

test('blobs are moved side by side, but no more than asked', async () => {
  const source = memory();
  const image = addImage(source, [10, 20, 30, 40, 50, 60, 70]);
  let now = 0;
  let most = 0;
  const sink: Sink = {
    isWhole: async () => false,
    manifest: async () => undefined,
    async blob() {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return 'copied';
    },
  };
  await copyTarget({ source, descriptor: image }, sink);
  expect(most).toBe(4);
  most = 0;
  await copyTarget({ source, descriptor: image }, sink, { parallel: 1 });
  expect(most).toBe(1);
});
