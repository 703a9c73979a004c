import { mkdir, readFile, readdir, symlink as link, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLayout } from '../../src/archive/layout-write.ts';
import { openLayout } from '../../src/archive/layout.ts';
import { openSource } from '../../src/archive/source.ts';
import { ociTar, writeOciTar } from '../../src/archive/write.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { isIndex } from '../../src/oci/image.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Index } from '../../src/oci/types.ts';
import { platformImage } from '../../src/oci/view.ts';
import { addIndex, memorySource } from '../oci/memory-source.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { amd64, arm64, collect, file, realImage, symlink, tar } from './images.ts';

async function indexOf(directory: string): Promise<Index> {
  return parseJson<Index>(await readFile(path.join(directory, 'index.json'), 'utf8'));
}

const name = 'docker.io/library/gin-api:latest';

/** Both forms of a layout, for tests that hold for either. */
const forms: readonly [
  string,
  (directory: string, items: Parameters<typeof ociTar>[0]) => Promise<string>,
][] = [
  [
    'a tar',
    async (directory, items) => {
      await writeOciTar(items, path.join(directory, 'image.tar'));
      return path.join(directory, 'image.tar');
    },
  ],
  [
    'a directory',
    async (directory, items) => {
      await writeLayout(testCtx(), path.join(directory, 'layout'), items);
      return path.join(directory, 'layout');
    },
  ],
];

describe.each(forms)('an OCI layout as %s', (_form, write) => {
  it('comes back with the same digests and bytes', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const location = await write(tempDir(), [{ descriptor: image.descriptor, source, names: [name] }]);
    const opened = await openSource(testCtx(), `oci:${location}`);
    expect(opened.name).toBe(name);
    if (isIndex(opened.target)) throw new Error('an index');
    expect(opened.target.descriptor.digest).toBe(image.descriptor.digest);
    expect(Buffer.from(await opened.target.rawConfig()).equals(image.config)).toBe(true);
    const layers = await opened.target.layers();
    expect(await Promise.all(layers.map(async (layer) => collect(layer.open())))).toEqual(
      image.layers.map((layer) => layer.gzip),
    );
  });

  it('holds an index with all its images', async () => {
    const source = memorySource();
    const [one, two] = [await realImage(source), await realImage(source, { platform: arm64 })];
    const index = addIndex(source, [
      { ...one.descriptor, platform: amd64 },
      { ...two.descriptor, platform: arm64 },
    ]);
    const location = await write(tempDir(), [{ descriptor: index, source, names: [name] }]);
    const { target } = await openSource(testCtx(), `oci:${location}:latest`);
    expect(target.descriptor.digest).toBe(index.digest);
    const image = await platformImage(target, arm64);
    expect(image.descriptor.digest).toBe(two.descriptor.digest);
    expect(await image.layers()).toHaveLength(2);
  });

  it('is chosen from by tag, name or digest', async () => {
    const source = memorySource();
    const [one, two] = [await realImage(source, { seed: '1' }), await realImage(source, { seed: '2' })];
    const location = await write(tempDir(), [
      { descriptor: one.descriptor, source, names: ['docker.io/library/a:1', 'ghcr.io/team/a:stable'] },
      { descriptor: two.descriptor, source, names: ['docker.io/library/b:2'] },
    ]);
    const chosen = async (suffix: string): Promise<string> =>
      (await openSource(testCtx(), `oci:${location}${suffix}`)).target.descriptor.digest;
    for (const suffix of [':1', ':a:1', ':docker.io/library/a:1', ':stable', `@${one.descriptor.digest}`]) {
      expect(await chosen(suffix)).toBe(one.descriptor.digest);
    }
    expect(await chosen(':b:2')).toBe(two.descriptor.digest);
    await expect(chosen('')).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('ghcr.io/team/a:stable') as unknown,
    });
    await expect(chosen(':3')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(chosen(`@${digestOf('x')}`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('without names is its index', async () => {
    const source = memorySource();
    const [one, two] = [await realImage(source), await realImage(source, { platform: arm64 })];
    const location = await write(tempDir(), [
      { descriptor: { ...one.descriptor, platform: amd64 }, source, names: [] },
      { descriptor: { ...two.descriptor, platform: arm64 }, source, names: [] },
    ]);
    const { target } = await openSource(testCtx(), `oci:${location}`);
    expect((await platformImage(target, arm64)).descriptor.digest).toBe(two.descriptor.digest);
  });

  it('leaves nothing behind when a blob of the source is missing or wrong', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const layer = digestOf(image.layers[0]?.gzip ?? '');
    const directory = tempDir();
    source.blobs.delete(layer);
    await expect(
      write(directory, [{ descriptor: image.descriptor, source, names: [] }]),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const files = await readdir(directory, { recursive: true });
    expect(
      files.filter(
        (found) => found.includes('.tmp-') || found.endsWith('.tar') || found.endsWith('index.json'),
      ),
    ).toEqual([]);
  });
});

describe('a layout tar', () => {
  it('has bytes that depend on the image alone', async () => {
    const make = async (): Promise<Buffer> => {
      const source = memorySource();
      const config = source.add(
        '{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}',
        mediaTypes.ociConfig,
      );
      const descriptor = source.add(
        JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] }),
        mediaTypes.ociManifest,
      );
      return collect(ociTar([{ descriptor, source, names: [name] }]));
    };
    expect(digestOf(await make())).toBe(digestOf(await make()));
    expect(digestOf(await make())).toBe(
      'sha256:637c19cc918c2f3e684f6a3deefa8253d8f3c83e9dd7d162d9975030e3636d35',
    );
  });

  it('replaces a file whole, or not at all', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const out = path.join(tempDir(), 'image.tar');
    await writeFile(out, 'old');
    const broken = memorySource();
    await expect(
      writeOciTar([{ descriptor: image.descriptor, source: broken, names: [] }], out),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readFile(out, 'utf8')).toBe('old');
    await writeOciTar([{ descriptor: image.descriptor, source, names: [] }], out);
    expect((await openLayout(out)).index.manifests).toHaveLength(1);
    expect(await readdir(path.dirname(out))).toEqual(['image.tar']);
  });

  it('whose blob has a flipped bit never gives that blob whole', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const out = path.join(tempDir(), 'image.tar');
    await writeOciTar([{ descriptor: image.descriptor, source, names: [] }], out);
    const bytes = await readFile(out);
    const gzip = image.layers[0]?.gzip ?? Buffer.alloc(0);
    const at = bytes.indexOf(gzip) + 20;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(out, bytes);
    const { target } = await openSource(testCtx(), `oci:${out}`);
    if (isIndex(target)) throw new Error('an index');
    const [layer] = await target.layers();
    await expect(collect(layer?.open())).rejects.toMatchObject({
      code: 'BLOB_CORRUPT',
    });
  });

  const cutAndRead = async (lost: number): Promise<string> => {
    const source = memorySource();
    const image = await realImage(source);
    const out = path.join(tempDir(), 'image.tar');
    await writeOciTar([{ descriptor: image.descriptor, source, names: [] }], out);
    await truncate(out, (await readFile(out)).length - lost);
    const { target } = await openSource(testCtx(), `oci:${out}`);
    if (isIndex(target)) throw new Error('an index');
    for (const layer of await target.layers()) await collect(layer.open());
    return 'read';
  };

  it('that was cut off says so, unless only padding is gone', async () => {
    expect(await cutAndRead(1)).toBe('read');
    expect(await cutAndRead(1024)).toBe('read');
    await expect(cutAndRead(600)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await expect(cutAndRead(2000)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await expect(cutAndRead(6000)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });

  it('made by another tool may have ./ names, links and long names', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const blobs = [...source.blobs].map(([digest, bytes]) => file(`blobs/sha256/${digest.slice(7)}`, bytes));
    const [first, ...rest] = blobs;
    if (!first) throw new Error('no blobs');
    const long = `${'x'.repeat(120)}/${'y'.repeat(120)}`;
    const index = JSON.stringify({ schemaVersion: 2, manifests: [image.descriptor] });
    const bytes = await tar(
      file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
      file('index.json', 'overwritten by the later one'),
      file('index.json', index),
      { ...first, path: long },
      symlink(first.path, `../../${long}`),
      ...rest,
    );
    // The names as GNU tar writes them for `tar -C layout .`
    const out = path.join(tempDir(), 'image.tar');
    await writeFile(out, bytes);
    const { target } = await openSource(testCtx(), `oci:${out}`);
    if (isIndex(target)) throw new Error('an index');
    expect(await target.layers()).toHaveLength(2);
    for (const layer of await target.layers()) await collect(layer.open());
  });
});

describe('a layout directory', () => {
  it('keeps what it had, and gives a name to the new image', async () => {
    const source = memorySource();
    const [one, two, three] = [
      await realImage(source, { seed: '1' }),
      await realImage(source, { seed: '2' }),
      await realImage(source, { seed: '3' }),
    ];
    const directory = path.join(tempDir(), 'layout');
    const ctx = testCtx();
    await writeLayout(ctx, directory, [
      { descriptor: one.descriptor, source, names: ['docker.io/library/a:1'] },
    ]);
    await writeLayout(ctx, directory, [
      { descriptor: two.descriptor, source, names: ['docker.io/library/a:1', 'docker.io/library/b:1'] },
    ]);
    await writeLayout(ctx, directory, [{ descriptor: three.descriptor, source, names: [] }]);
    await writeLayout(ctx, directory, [{ descriptor: three.descriptor, source, names: [] }]);
    const { manifests } = await indexOf(directory);
    expect(manifests.map(({ digest, annotations }) => [digest, annotations])).toEqual([
      [
        two.descriptor.digest,
        { 'io.containerd.image.name': 'docker.io/library/a:1', 'org.opencontainers.image.ref.name': '1' },
      ],
      [
        two.descriptor.digest,
        { 'io.containerd.image.name': 'docker.io/library/b:1', 'org.opencontainers.image.ref.name': '1' },
      ],
      [three.descriptor.digest, undefined],
    ]);
    // The blobs of the image that lost its name are still there: other indexes may use them.
    expect(await readdir(path.join(directory, 'blobs', 'sha256'))).toHaveLength(12);
  });

  it('of another tool keeps its unknown fields, and a tag of its gives way', async () => {
    const source = memorySource();
    const [one, two] = [await realImage(source, { seed: '1' }), await realImage(source, { seed: '2' })];
    const directory = path.join(tempDir(), 'layout');
    await writeLayout(testCtx(), directory, [{ descriptor: one.descriptor, source, names: [] }]);
    const entry = { ...one.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
    await writeFile(
      path.join(directory, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [entry], annotations: { a: 'b' } }),
    );
    await writeLayout(testCtx(), directory, [{ descriptor: two.descriptor, source, names: [name] }]);
    const index = await indexOf(directory);
    expect(index.annotations).toEqual({ a: 'b' });
    expect(index.manifests.map((item) => item.digest)).toEqual([two.descriptor.digest]);
  });

  it('takes a tag alone for a name inside it', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const directory = path.join(tempDir(), 'layout');
    await writeLayout(testCtx(), directory, [{ descriptor: image.descriptor, source, names: ['v1'] }]);
    expect((await indexOf(directory)).manifests[0]?.annotations).toEqual({
      'org.opencontainers.image.ref.name': 'v1',
    });
    const opened = await openSource(testCtx(), `oci:${directory}:v1`);
    expect(opened.name).toBeUndefined();
  });

  it('replaces a damaged blob that it finds there', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const directory = path.join(tempDir(), 'layout');
    const item = { descriptor: image.descriptor, source, names: [] };
    await writeLayout(testCtx(), directory, [item]);
    const blob = path.join(directory, 'blobs', 'sha256', digestOf(image.config).slice(7));
    await writeFile(blob, Buffer.alloc(image.config.length, 'x'));
    await writeLayout(testCtx(), directory, [item]);
    expect((await readFile(blob)).equals(image.config)).toBe(true);
  });

  it('takes images from several writers at once', async () => {
    const source = memorySource();
    const directory = path.join(tempDir(), 'layout');
    const names = Array.from({ length: 5 }, (_, index) => `docker.io/library/a:${index}`);
    await Promise.all(
      names.map(async (label) => {
        const image = await realImage(source, { seed: label });
        await writeLayout(testCtx(), directory, [{ descriptor: image.descriptor, source, names: [label] }]);
      }),
    );
    const found = (await indexOf(directory)).manifests.map(
      (entry) => entry.annotations?.['io.containerd.image.name'],
    );
    expect(new Set(found)).toEqual(new Set(names));
    expect((await readdir(directory)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});

describe('what is no layout', () => {
  const refused = async (location: string): Promise<unknown> =>
    openSource(testCtx(), `oci:${location}`).catch((error: unknown) => error);
  const directoryWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const directory = tempDir();
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(directory, file), text);
    return directory;
  };
  const marker = '{"imageLayoutVersion":"1.0.0"}';

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an empty directory', {}],
    ['one without an index', { 'oci-layout': marker }],
    [
      'one of version 2',
      { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}', 'index.json': '{"schemaVersion":2,"manifests":[]}' },
    ],
    ['a marker that is no JSON', { 'oci-layout': 'x', 'index.json': '{"schemaVersion":2,"manifests":[]}' }],
    ['an index that is text', { 'oci-layout': marker, 'index.json': '"x"' }],
    [
      'a manifest for an index',
      { 'oci-layout': marker, 'index.json': '{"schemaVersion":2,"layers":[],"config":{}}' },
    ],
    [
      'a digest that climbs',
      {
        'oci-layout': marker,
        'index.json': `{"schemaVersion":2,"manifests":[{"mediaType":"a/b","size":1,"digest":"sha256:../../../../etc/passwd"}]}`,
      },
    ],
  ])('%s is IMAGE_INVALID', async (_name, files) => {
    expect(await refused(await directoryWith(files))).toMatchObject({ code: 'IMAGE_INVALID' });
  });

  it('one without images, or nothing at all, is NOT_FOUND', async () => {
    const empty = await directoryWith({
      'oci-layout': marker,
      'index.json': '{"schemaVersion":2,"manifests":[]}',
    });
    expect(await refused(empty)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused('/nonexistent/path:tag')).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('/nonexistent/path') as unknown,
    });
  });

  it('a tar whose names climb is ARCHIVE_UNSAFE', async () => {
    const bytes = await tar(file('oci-layout', marker), file('xx/evil', 'x'));
    bytes.write('../evil', bytes.indexOf('xx/evil'), 'latin1');
    fixChecksum(bytes, bytes.indexOf('../evil'));
    const out = path.join(tempDir(), 'image.tar');
    await writeFile(out, bytes);
    expect(await refused(out)).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  });

  it('links that loop or leave the archive lead to nothing', async () => {
    const out = path.join(tempDir(), 'image.tar');
    await writeFile(out, await tar(symlink('oci-layout', 'index.json'), symlink('index.json', 'oci-layout')));
    expect(await refused(out)).toMatchObject({ code: 'IMAGE_INVALID' });
    await writeFile(
      out,
      await tar(symlink('oci-layout', '/etc/hostname'), symlink('index.json', '../../../../etc/hostname')),
    );
    expect(await refused(out)).toMatchObject({ code: 'IMAGE_INVALID' });
  });

  it('a compressed tar, an empty file, noise, and a directory link to nowhere are told apart', async () => {
    const directory = tempDir();
    const gzip = path.join(directory, 'a.tar.gz');
    await writeFile(gzip, Buffer.from('1f8b0800', 'hex'));
    expect(await refused(gzip)).toMatchObject({
      code: 'UNSUPPORTED',
      hint: expect.stringContaining('gunzip') as unknown,
    });
    await writeFile(path.join(directory, 'empty'), '');
    expect(await refused(path.join(directory, 'empty'))).toMatchObject({ code: 'IMAGE_INVALID' });
    await writeFile(path.join(directory, 'noise'), Buffer.alloc(5000, 'noise'));
    expect(await refused(path.join(directory, 'noise'))).toMatchObject({ code: 'IMAGE_INVALID' });
    await link('nowhere', path.join(directory, 'dangling'));
    expect(await refused(path.join(directory, 'dangling'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a path may hold colons', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const directory = path.join(tempDir(), 'with:colon');
    await mkdir(directory);
    await writeLayout(testCtx(), directory, [{ descriptor: image.descriptor, source, names: [name] }]);
    for (const suffix of ['', ':latest', ':gin-api', `@${image.descriptor.digest}`]) {
      const { target } = await openSource(
        testCtx({ cwd: path.dirname(directory) }),
        `oci:with:colon${suffix}`,
      );
      expect(target.descriptor.digest).toBe(image.descriptor.digest);
    }
  });
});

/** Makes the checksum of the header at `at` right again. */
function fixChecksum(bytes: Buffer, at: number): void {
  bytes.fill(' ', at + 148, at + 156);
  let sum = 0;
  for (const byte of bytes.subarray(at, at + 512)) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}
