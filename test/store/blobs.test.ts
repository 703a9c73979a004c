import { chmod, mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import type { Bytes } from '../../src/oci/image.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';

const encoder = new TextEncoder();
const anyText: unknown = expect.any(String);

async function* stream(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

async function collect(bytes: Bytes): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function putOne(store: Store, text: string): Promise<Descriptor> {
  return { mediaType: 'text/plain', ...(await store.blobs.put(encoder.encode(text))) };
}

async function filesIn(store: Store, folder: string): Promise<string[]> {
  return readdir(path.join(store.root, folder)).catch(() => []);
}

/** Writes over a blob, as a failing disk does. */
async function damage(
  store: Store,
  { digest }: Descriptor,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const file = store.blobs.path(digest);
  const bytes = await readFile(file);
  await chmod(file, 0o644);
  await writeFile(file, change(bytes));
}

const flip = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 0x10;
  return copy;
};

describe('a blob', () => {
  it('comes back as it went in, from bytes, a stream or a writer', async () => {
    const store = await openStore(testCtx());
    const descriptor = await putOne(store, 'hello world');
    expect(descriptor).toMatchObject({ digest: digestOf('hello world'), size: 11 });
    expect(await store.blobs.put(stream('hello ', '', 'world'))).toEqual({
      digest: descriptor.digest,
      size: 11,
    });
    const writer = await store.blobs.writer();
    await writer.write(encoder.encode('other'));
    expect(await writer.commit()).toEqual({ digest: digestOf('other'), size: 5 });
    expect(Buffer.from(await store.blobs.read(descriptor)).toString()).toBe('hello world');
    expect(await collect(store.blobs.open(descriptor))).toBe('hello world');
    expect(await store.blobs.has(descriptor.digest)).toBe(11);
    expect(await store.blobs.has(digestOf('nothing'))).toBeUndefined();
    expect(await filesIn(store, 'tmp')).toEqual([]);
  });

  it('may be empty, and may be larger than any chunk', async () => {
    const store = await openStore(testCtx());
    const empty = await store.blobs.put(stream());
    expect(await collect(store.blobs.open({ mediaType: 'x/y', ...empty }))).toBe('');
    const large = Buffer.alloc(1_000_001, 'abcdefg');
    const written = await store.blobs.put(stream(large.subarray(0, 7), large.subarray(7)));
    expect(await collect(store.blobs.open({ mediaType: 'x/y', ...written }))).toBe(large.toString());
  });

  it('that is there already is neither written nor read again', async () => {
    const store = await openStore(testCtx());
    const descriptor = await putOne(store, 'hello');
    const before = await stat(store.blobs.path(descriptor.digest), { bigint: true });
    await store.blobs.put(encoder.encode('hello'));
    await store.blobs.put(stream('hel', 'lo'));
    let read = false;
    const lazy = (async function* () {
      read = true;
      yield encoder.encode('hello');
    })();
    await store.blobs.put(lazy, { digest: descriptor.digest, size: 5 });
    const after = await stat(store.blobs.path(descriptor.digest), { bigint: true });
    expect([after.ino, after.ctimeNs, read]).toEqual([before.ino, before.ctimeNs, false]);
  });

  it('that is not what was promised is not stored', async () => {
    const store = await openStore(testCtx());
    const corrupt = { code: 'BLOB_CORRUPT' };
    await expect(store.blobs.put(stream('a'), { digest: digestOf('b') })).rejects.toMatchObject(corrupt);
    await expect(store.blobs.put(stream('a'), { size: 2 })).rejects.toMatchObject(corrupt);
    await expect(store.blobs.put(encoder.encode('a'), { digest: digestOf('b') })).rejects.toMatchObject(
      corrupt,
    );
    await expect(store.blobs.put(encoder.encode('a'), { size: 2 })).rejects.toMatchObject(corrupt);
    expect(await store.usage()).toMatchObject({ blobs: { count: 0 }, temporary: { count: 0 } });
  });

  it('without end stops at the size that was promised', async () => {
    const store = await openStore(testCtx());
    let chunks = 0;
    const endless = (async function* () {
      for (;;) {
        chunks++;
        yield new Uint8Array(1000);
      }
    })();
    await expect(store.blobs.put(endless, { size: 5000 })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(chunks).toBe(6);
    expect(await filesIn(store, 'tmp')).toEqual([]);
  });

  it('whose source fails leaves nothing behind', async () => {
    const store = await openStore(testCtx());
    const failing = (async function* () {
      yield encoder.encode('half');
      throw new Error('the line broke');
    })();
    await expect(store.blobs.put(failing)).rejects.toThrow('the line broke');
    expect(await store.usage()).toMatchObject({ blobs: { count: 0 }, temporary: { count: 0 } });
  });

  it('whose writer was aborted leaves nothing behind', async () => {
    const store = await openStore(testCtx());
    const writer = await store.blobs.writer();
    await writer.write(encoder.encode('half'));
    await writer.abort();
    await writer.abort();
    expect(await filesIn(store, 'tmp')).toEqual([]);
  });

  it('that is not there is NOT_FOUND with a hint', async () => {
    const store = await openStore(testCtx());
    const missing = { mediaType: 'x/y', digest: digestOf('x'), size: 1 };
    await expect(store.blobs.read(missing)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: anyText,
    });
    await expect(collect(store.blobs.open(missing))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.blobs.remove(missing.digest)).resolves.toBeUndefined();
  });
});

describe('a damaged blob', () => {
  const cases: readonly [string, (bytes: Buffer) => Buffer][] = [
    ['a flipped bit', flip],
    ['a lost end', (bytes) => bytes.subarray(0, -1)],
    ['nothing left', () => Buffer.alloc(0)],
    ['something added', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ];

  it.each(cases)(
    'with %s is never given out, is set aside, and can be stored again',
    async (_name, change) => {
      const store = await openStore(testCtx());
      const text = 'x'.repeat(200_000);
      const descriptor = await putOne(store, text);
      await damage(store, descriptor, change);
      let given = 0;
      const reading = (async () => {
        for await (const chunk of store.blobs.open(descriptor)) given += chunk.byteLength;
      })();
      await expect(reading).rejects.toMatchObject({
        code: 'BLOB_CORRUPT',
        retryable: false,
        hint: anyText,
      });
      expect(given).toBeLessThan(descriptor.size);
      expect(await store.blobs.has(descriptor.digest)).toBeUndefined();
      expect(await filesIn(store, 'quarantine')).toHaveLength(1);
      await putOne(store, text);
      expect(await collect(store.blobs.open(descriptor))).toBe(text);
    },
  );

  it('read whole is refused and set aside as well', async () => {
    const store = await openStore(testCtx());
    const descriptor = await putOne(store, 'hello');
    await damage(store, descriptor, flip);
    await expect(store.blobs.read(descriptor)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(await filesIn(store, 'quarantine')).toHaveLength(1);
  });

  it('of another length is written anew when its bytes come again', async () => {
    const store = await openStore(testCtx());
    const descriptor = await putOne(store, 'hello');
    await chmod(store.blobs.path(descriptor.digest), 0o644);
    await truncate(store.blobs.path(descriptor.digest), 2);
    await store.blobs.put(stream('hello'), { digest: descriptor.digest, size: 5 });
    expect(await collect(store.blobs.open(descriptor))).toBe('hello');
  });
});

it('a sound blob survives a descriptor that lies about its size', async () => {
  const store = await openStore(testCtx());
  const descriptor = await putOne(store, 'hello');
  for (const size of [4, 6, 0]) {
    await expect(store.blobs.read({ ...descriptor, size })).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await expect(collect(store.blobs.open({ ...descriptor, size }))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
  }
  expect(await collect(store.blobs.open(descriptor))).toBe('hello');
});

it('a manifest of 5 MiB is not read into memory', async () => {
  const store = await openStore(testCtx());
  const descriptor = await putOne(store, 'x'.repeat(5 * 1024 * 1024));
  await expect(store.blobs.read(descriptor)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
});

it('opening a store touches no disk', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  expect(await store.refs.list()).toEqual([]);
  expect(await store.cache.get('a', 'b')).toBeUndefined();
  expect(await store.blobs.has(digestOf('x'))).toBeUndefined();
  expect(await readdir(ctx.home)).toEqual([]);
});

it('goes on when its whole home was deleted meanwhile', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  await putOne(store, 'one');
  await rm(ctx.home, { recursive: true });
  const descriptor = await putOne(store, 'two');
  await store.cache.set('a', 'b', 1);
  await store.refs.set('x', descriptor);
  expect(await collect(store.blobs.open(descriptor))).toBe('two');
  await mkdir(ctx.home, { recursive: true });
});
