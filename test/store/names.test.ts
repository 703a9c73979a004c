import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { fileNameOf } from '../../src/store/names.ts';
import { openStore } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';

const descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf('x'),
  size: 1,
};
const hostile = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.string(),
  fc.constantFrom(
    '..',
    '.',
    '',
    '/',
    '../../etc/passwd',
    'a/../b',
    '\0',
    'A',
    'a',
    '%41',
    '~',
    '\ud800',
    '\udc00',
    'x'.repeat(300),
    'é'.repeat(100),
  ),
);

describe('fileNameOf', () => {
  it('gives any text a safe name of its own', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        expect(fileNameOf(a)).toMatch(/^[A-Za-z0-9_%~-][A-Za-z0-9._%~-]{4,210}$/);
        expect(fileNameOf(a) === fileNameOf(b)).toBe(a === b);
      }),
    );
  });

  it('stays readable where it can', () => {
    expect(fileNameOf('gin-api')).toBe('gin-api.json');
    expect(fileNameOf('docker.io/library/gin-api:latest')).toBe(
      'docker.io%2Flibrary%2Fgin-api%3Alatest.json',
    );
  });
});

describe('names', () => {
  it('are kept, listed in order, replaced and removed', async () => {
    const ctx = testCtx({ now: () => new Date(5000) });
    const { refs } = await openStore(ctx);
    await refs.set('docker.io/library/b:1', descriptor);
    await refs.set('docker.io/library/a:1', {
      ...descriptor,
      platform: { os: 'linux', architecture: 'arm64' },
    });
    await refs.set('docker.io/library/b:1', { ...descriptor, size: 2 });
    expect((await refs.list()).map((ref) => [ref.name, ref.descriptor.size, ref.at])).toEqual([
      ['docker.io/library/a:1', 1, 5000],
      ['docker.io/library/b:1', 2, 5000],
    ]);
    expect((await refs.get('docker.io/library/a:1'))?.descriptor.platform).toEqual({
      os: 'linux',
      architecture: 'arm64',
    });
    expect(await refs.get('docker.io/library/c:1')).toBeUndefined();
    expect(await refs.remove('docker.io/library/b:1')).toBe(true);
    expect(await refs.remove('docker.io/library/b:1')).toBe(false);
    expect(await refs.list()).toHaveLength(1);
  });

  it('may be any text', async () => {
    const { refs } = await openStore(testCtx());
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        await refs.set(name, descriptor);
        expect((await refs.get(name))?.name).toBe(name);
        expect((await refs.list()).map((ref) => ref.name)).toContain(name);
        expect(await refs.remove(name)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('survive damaged, foreign and misplaced files beside them', async () => {
    const store = await openStore(testCtx());
    await store.refs.set('good', descriptor);
    const directory = path.join(store.root, 'refs');
    const files: Record<string, string> = {
      'empty.json': '',
      'cut.json': '{"name":"cut","desc',
      'null.json': 'null',
      'list.json': '[]',
      'bad-digest.json': JSON.stringify({
        name: 'bad-digest',
        at: 1,
        descriptor: { ...descriptor, digest: 'sha256:../x' },
      }),
      'other.json': JSON.stringify({ name: 'not other', at: 1, descriptor }),
      '.hidden': 'x',
    };
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(directory, file), text);
    await mkdir(path.join(directory, 'directory.json'));
    expect((await store.refs.list()).map((ref) => ref.name)).toEqual(['good']);
    expect(await store.refs.get('cut')).toBeUndefined();
    expect(await store.refs.get('bad-digest')).toBeUndefined();
    expect(await store.refs.get('other')).toBeUndefined();
    await store.refs.set('cut', descriptor);
    expect((await store.refs.get('cut'))?.name).toBe('cut');
  });
});

describe('facts', () => {
  it('come back as they were, under any bucket and key', async () => {
    const { cache } = await openStore(testCtx());
    await fc.assert(
      fc.asyncProperty(hostile, hostile, fc.jsonValue(), async (bucket, key, value) => {
        await cache.set(bucket, key, value);
        expect(await cache.get(bucket, key)).toEqual(JSON.parse(JSON.stringify(value)));
        await cache.delete(bucket, key);
        expect(await cache.get(bucket, key)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('that are damaged count as missing', async () => {
    const store = await openStore(testCtx());
    await store.cache.set('inputs', 'key', { a: 1 });
    const directory = path.join(store.root, 'cache', 'inputs');
    const [file = ''] = await readdir(directory);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"value":{"a":1}}',
      '{"bucket":"inputs","key":"other","value":1}',
    ]) {
      await writeFile(path.join(directory, file), text);
      expect(await store.cache.get('inputs', 'key')).toBeUndefined();
    }
    await store.cache.set('inputs', 'key', { a: 2 });
    expect(await store.cache.get('inputs', 'key')).toEqual({ a: 2 });
  });
});
