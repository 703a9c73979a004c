import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegistry } from '../../src/registry/client.ts';
import { copyTarget, registrySink, storeSink } from '../../src/registry/transfer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import { describeWith } from '../components/program.ts';
import { account, blobFile, blobIsSound, hasRegistry, startRegistry } from '../components/registry.ts';
import type { TestRegistry } from '../components/registry.ts';
import { createAuthority } from '../support/certificates.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { addImage, addIndex, collect, inPieces, memory } from './support/image.ts';
import { expectNoSecret, failure, withCredential } from './support/setup.ts';

const blobOf = (bytes: Uint8Array): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  size: bytes.byteLength,
});

let open: TestRegistry;
let guarded: TestRegistry;

describeWith([hasRegistry], "Debian's docker-registry", () => {
  beforeAll(async () => {
    [open, guarded] = await Promise.all([startRegistry(), startRegistry({ auth: true })]);
  });
  afterAll(async () => {
    await Promise.all([open, guarded].map(async (registry) => registry?.stop()));
  });
  const ref = (name: string, registry = open) => parseReference(`${registry.host}/${name}`);

  test('an image goes there and comes back the same', async () => {
    const ctx = testCtx();
    const registry = createRegistry(ctx);
    const source = memory();
    const image = addImage(source, [200_000, 0, 1]);
    const target = ref('round/trip:v1');
    expect(await registry.head(target)).toBeUndefined();
    const copied = await copyTarget({ source, descriptor: image }, registrySink(registry, target));
    expect(copied).toMatchObject({ copied: 4, present: 0, mounted: 0 });
    expect(await registry.head(target)).toEqual({
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.size,
    });
    const store = await openStore(ctx);
    await copyTarget(
      { source: registry.source(target), descriptor: await registry.resolve(target) },
      storeSink(store.blobs),
    );
    for (const [digest, bytes] of source.blobs) {
      expect(await store.blobs.has(digest)).toBe(bytes.byteLength);
    }
  });

  test('an index goes from one registry to another, and a second time only its name', async () => {
    const ctx = testCtx();
    const registry = createRegistry(ctx, { credentials: withCredential({ kind: 'password', ...account }) });
    const source = memory();
    const index = addIndex(source, [
      addImage(source, [1000]),
      addImage(source, [2000], { platform: { os: 'linux', architecture: 'arm64' } }),
    ]);
    await copyTarget({ source, descriptor: index }, registrySink(registry, ref('multi:v1')));
    const from = { source: registry.source(ref('multi:v1')), descriptor: index };
    expect(await copyTarget(from, registrySink(registry, ref('multi:v1', guarded)))).toMatchObject({
      copied: 4,
    });
    expect(await copyTarget(from, registrySink(registry, ref('multi:v2', guarded)))).toMatchObject({
      copied: 0,
      present: 0,
    });
    expect((await registry.resolve(ref('multi:v2', guarded))).digest).toBe(index.digest);
    const mounted = await copyTarget(
      from,
      registrySink(registry, ref('elsewhere:v1'), { mountFrom: 'multi' }),
    );
    expect(mounted).toMatchObject({ copied: 0, mounted: 4 });
    expectNoSecret(ctx.events);
  });

  test('credentials: none, wrong and right ones', async () => {
    const none = createRegistry(testCtx(), { credentials: withCredential(undefined) });
    const error = await failure(none.head(ref('app:v1', guarded)), 'REGISTRY_AUTH');
    expect(error.hint).toBe(`coracle login ${guarded.host}`);
    const wrong = createRegistry(testCtx(), {
      credentials: withCredential({ kind: 'password', username: 'gopher', password: 'wrong' }),
    });
    expect((await failure(wrong.head(ref('app:v1', guarded)), 'REGISTRY_AUTH')).message).toContain(
      'refuses the credentials',
    );
    const right = createRegistry(testCtx(), {
      credentials: withCredential({ kind: 'password', ...account }),
    });
    expect(await right.head(ref('app:v1', guarded))).toBeUndefined();
  });

  test('a blob that is damaged in the registry is not taken', async () => {
    const registry = createRegistry(testCtx());
    const bytes = randomBytes(100_000);
    const blob = blobOf(bytes);
    await registry.pushBlob(ref('damaged'), blob, () => inPieces(bytes));
    expect(blobIsSound(open, blob.digest)).toBe(true);
    const file = readFileSync(blobFile(open, blob.digest));
    file[5000] = (file[5000] ?? 0) ^ 1;
    writeFileSync(blobFile(open, blob.digest), file);
    await failure(collect(registry.source(ref('damaged')).open(blob)), 'BLOB_CORRUPT');
  });

  test('bytes that are not what they should be are never committed', async () => {
    const registry = createRegistry(testCtx());
    const blob = blobOf(randomBytes(100_000));
    await failure(
      registry.pushBlob(ref('liar'), blob, () => inPieces(randomBytes(100_000))),
      'BLOB_CORRUPT',
    );
    expect(await registry.hasBlob(ref('liar'), blob.digest)).toBe(false);
  });

  test('a stream of unknown size, larger than a chunk', async () => {
    const registry = createRegistry(testCtx());
    const bytes = randomBytes(9_000_000);
    const pushed = await registry.pushStream(ref('stream'), inPieces(bytes));
    expect(pushed).toEqual({ digest: digestOf(bytes), size: bytes.length });
    expect((await collect(registry.source(ref('stream')).open(blobOf(bytes)))).equals(bytes)).toBe(true);
  });

  test('one byte, and none, as a stream', async () => {
    const registry = createRegistry(testCtx());
    for (const size of [1, 0])
      expect((await registry.pushStream(ref('small'), inPieces(randomBytes(size)))).size).toBe(size);
  });

  test('an upload that breaks on our side is made good', async () => {
    const registry = createRegistry(testCtx(), { retry: { attempts: 3, pause: 1 } });
    const bytes = randomBytes(3_000_000);
    let times = 0;
    const { ToolError } = await import('../../src/core/errors.ts');
    const flaky = async function* (): AsyncGenerator<Uint8Array> {
      times++;
      yield bytes.subarray(0, 1_000_000);
      if (times === 1) throw new ToolError('NETWORK', 'the source broke', { retryable: true });
      yield bytes.subarray(1_000_000);
    };
    expect(await registry.pushBlob(ref('flaky'), blobOf(bytes), flaky)).toBe('uploaded');
    expect(blobIsSound(open, digestOf(bytes))).toBe(true);
  });

  test('tags, and the deletion of a manifest', async () => {
    const registry = createRegistry(testCtx());
    const source = memory();
    const image = addImage(source, [10]);
    for (const tag of ['one', 'two'])
      await copyTarget({ source, descriptor: image }, registrySink(registry, ref(`tagged:${tag}`)));
    const tags: string[] = [];
    for await (const tag of registry.tags(ref('tagged'))) tags.push(tag);
    expect(tags.sort()).toEqual(['one', 'two']);
    await failure(registry.deleteManifest(ref('tagged:one')), 'UNSUPPORTED');
    await registry.deleteManifest({ ...ref('tagged'), digest: image.digest });
    expect(await registry.head(ref('tagged:one'))).toBeUndefined();
    await failure(registry.resolve(ref('tagged:one')), 'NOT_FOUND');
  });

  test('referrers, by a tag: this registry does not know the question', async () => {
    const registry = createRegistry(testCtx());
    const source = memory();
    const subject = addImage(source, [10]);
    const signature = addImage(source, [20], { subject });
    await copyTarget({ source, descriptor: subject }, registrySink(registry, ref('signed:v1')));
    await copyTarget(
      { source, descriptor: signature },
      registrySink(registry, { ...ref('signed'), digest: signature.digest }),
    );
    expect(
      (await registry.referrers(ref('signed'), subject.digest)).manifests.map(({ digest }) => digest),
    ).toEqual([signature.digest]);
  });

  test('TLS on loopback is found out; the authority is known by a folder of certificates', async () => {
    const { ca, issue } = createAuthority();
    const directory = tempDir();
    const { cert, key } = issue('127.0.0.1');
    writeFileSync(path.join(directory, 'cert'), cert);
    writeFileSync(path.join(directory, 'key'), key);
    const secure = await startRegistry({
      tls: { cert: path.join(directory, 'cert'), key: path.join(directory, 'key') },
    });
    try {
      const target = ref('app:v1', secure);
      const stranger = createRegistry(testCtx(), { certificateDirectories: [], retry: { attempts: 1 } });
      await failure(stranger.head(target), 'INSECURE_REFUSED');
      mkdirSync(path.join(directory, 'certs.d', secure.host), { recursive: true });
      writeFileSync(path.join(directory, 'certs.d', secure.host, 'mine.crt'), ca);
      const registry = createRegistry(testCtx(), {
        certificateDirectories: [path.join(directory, 'certs.d')],
      });
      const source = memory();
      await copyTarget({ source, descriptor: addImage(source, [100_000]) }, registrySink(registry, target));
      expect(await registry.head(target)).toBeDefined();
      expect(await createRegistry(testCtx(), { ca }).head(target)).toBeDefined();
      expect(await createRegistry(testCtx(), { insecure: [secure.host] }).head(target)).toBeDefined();
    } finally {
      await secure.stop();
    }
  });

  test('a pull-through cache as a mirror', async () => {
    const mirror = await startRegistry({ proxyOf: `http://${open.host}` });
    try {
      const ctx = testCtx();
      const source = memory();
      const image = addImage(source, [10_000]);
      await copyTarget({ source, descriptor: image }, registrySink(createRegistry(ctx), ref('mirrored:v1')));
      const registry = createRegistry(ctx, { mirrors: { [open.host]: [mirror.host] } });
      const before = open.log().length;
      const store = await openStore(ctx);
      const target = ref('mirrored:v1');
      await copyTarget(
        { source: registry.source(target), descriptor: await registry.resolve(target) },
        storeSink(store.blobs),
      );
      expect(mirror.log()).toContain('/v2/mirrored/manifests/v1');
      expect(open.log().slice(before)).not.toContain('user_agent=coracle');
      expect(ctx.events).toEqual([]);
    } finally {
      await mirror.stop();
    }
  });
});
