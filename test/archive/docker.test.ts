import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dockerTar, openDockerArchive, writeDockerTar } from '../../src/archive/docker.ts';
import { openSource } from '../../src/archive/source.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { isIndex } from '../../src/oci/image.ts';
import type { Image } from '../../src/oci/image.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { addIndex, memorySource } from '../oci/memory-source.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { amd64, collect, file, realImage, symlink, tar } from './images.ts';

async function save(...entries: readonly Entry[]): Promise<string> {
  const out = path.join(tempDir(), 'image.tar');
  await writeFile(out, await tar(...entries));
  return out;
}

async function open(location: string, ref = ''): Promise<Image> {
  const { target } = await openSource(testCtx(), `docker-archive:${location}${ref}`);
  if (isIndex(target)) throw new Error('an index');
  return target;
}

const json = JSON.stringify;

describe('an archive of Docker before 25', () => {
  it('is read as an image whose uncompressed layers are their diff ids', async () => {
    const { config, layers } = await realImage(memorySource());
    const location = await save(
      file('a/layer.tar', layers[0]?.tar ?? ''),
      file('a/VERSION', '1.0'),
      file('b/layer.tar', layers[1]?.tar ?? ''),
      file('config.json', config),
      file(
        'manifest.json',
        json([
          {
            Config: 'config.json',
            RepoTags: ['gin-api:1', 'ghcr.io/x/y:z'],
            Layers: ['a/layer.tar', 'b/layer.tar'],
          },
        ]),
      ),
      file('repositories', '{}'),
    );
    const image = await open(location);
    const opened = await image.layers();
    expect(opened.map((layer) => [layer.mediaType, layer.digest === layer.diffId])).toEqual([
      [mediaTypes.dockerLayer, true],
      [mediaTypes.dockerLayer, true],
    ]);
    expect(await Promise.all(opened.map(async (layer) => collect(layer.open())))).toEqual(
      layers.map((layer) => layer.tar),
    );
    expect(Buffer.from(await image.rawConfig()).equals(config)).toBe(true);
    const [only] = await openDockerArchive(location);
    expect(only?.names).toEqual(['docker.io/library/gin-api:1', 'ghcr.io/x/y:z']);
    for (const ref of [':gin-api:1', ':docker.io/library/gin-api:1', ':ghcr.io/x/y:z']) {
      expect((await open(location, ref)).descriptor.digest).toBe(image.descriptor.digest);
    }
    await expect(open(location, ':other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('may hold a layer once and link to it, and gzip layers', async () => {
    const { config, layers } = await realImage(memorySource());
    const body = parseJson<{ rootfs: { diff_ids: string[] } }>(config.toString());
    const [first = '', second = ''] = body.rootfs.diff_ids;
    const doubled = json({
      ...body,
      rootfs: { type: 'layers', diff_ids: [first, second, first] },
      history: [],
    });
    const location = await save(
      file('a/layer.tar', layers[0]?.gzip ?? ''),
      file('b/layer.tar', layers[1]?.gzip ?? ''),
      symlink('c/layer.tar', '../a/layer.tar'),
      file('config.json', doubled),
      file(
        'manifest.json',
        json([
          { Config: 'config.json', RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'] },
        ]),
      ),
    );
    const opened = await (await open(location)).layers();
    expect(opened.map((layer) => layer.digest)).toEqual(
      [0, 1, 0].map((index) => digestOf(layers[index]?.gzip ?? '')),
    );
    expect(opened.map((layer) => layer.diffId)).toEqual([first, second, first]);
    expect(await collect(opened[2]?.open())).toEqual(layers[0]?.gzip);
  });

  it('whose layer is not what the config says never gives it whole', async () => {
    const { config, layers } = await realImage(memorySource());
    const location = await save(
      file('a/layer.tar', await tar(file('other', 'x'))),
      file('b/layer.tar', layers[1]?.tar ?? ''),
      file('config.json', config),
      file('manifest.json', json([{ Config: 'config.json', Layers: ['a/layer.tar', 'b/layer.tar'] }])),
    );
    const [layer] = await (await open(location)).layers();
    await expect(collect(layer?.open())).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  it.each<[string, string, unknown]>([
    ['no manifest.json', 'other.json', []],
    ['a manifest.json that is an object', 'manifest.json', {}],
    ['items that are text', 'manifest.json', ['x']],
    ['no config', 'manifest.json', [{ Layers: [] }]],
    ['a config that is not there', 'manifest.json', [{ Config: 'nothing.json', Layers: [] }]],
    ['a layer that is not there', 'manifest.json', [{ Config: 'config.json', Layers: ['x', 'y'] }]],
    ['too few layers', 'manifest.json', [{ Config: 'config.json', Layers: ['a/layer.tar'] }]],
    ['layers that are text', 'manifest.json', [{ Config: 'config.json', Layers: 'a/layer.tar' }]],
    ['tags that are numbers', 'manifest.json', [{ Config: 'config.json', RepoTags: [1], Layers: [] }]],
    ['a config that is no config', 'manifest.json', [{ Config: 'a/layer.tar', Layers: [] }]],
  ])('with %s is IMAGE_INVALID', async (_name, name, body) => {
    const { config } = await realImage(memorySource());
    const location = await save(
      file('config.json', config),
      file('a/layer.tar', 'x'),
      file(name, json(body)),
    );
    await expect(openDockerArchive(location)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });

  it.each(['../config.json', '/etc/hostname', 'a/../../b', 'a\0b', ''])(
    'that names the file %j is refused',
    async (name) => {
      const location = await save(
        file('config.json', '{}'),
        file('manifest.json', json([{ Config: name, Layers: [] }])),
      );
      await expect(openDockerArchive(location)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    },
  );
});

describe('the archive that we write', () => {
  it('reads back as a Docker archive and as a layout, with the same digests', async () => {
    const source = memorySource();
    const [one, two] = [
      await realImage(source, { seed: '1' }),
      await realImage(source, { seed: '2', docker: true }),
    ];
    const location = path.join(tempDir(), 'image.tar');
    await writeDockerTar(
      [
        {
          descriptor: one.descriptor,
          source,
          names: ['docker.io/library/a:1', `docker.io/library/a@${one.descriptor.digest}`],
        },
        { descriptor: two.descriptor, source, names: ['ghcr.io/team/b:2'] },
      ],
      location,
    );
    const images = await openDockerArchive(location);
    expect(images.map((image) => [image.descriptor.digest, image.names])).toEqual([
      [one.descriptor.digest, ['docker.io/library/a:1']],
      [two.descriptor.digest, ['ghcr.io/team/b:2']],
    ]);
    for (const text of [`docker-archive:${location}:a:1`, `oci:${location}:a:1`, `oci:${location}:1`]) {
      const { target } = await openSource(testCtx(), text);
      if (isIndex(target)) throw new Error('an index');
      expect(target.descriptor.digest).toBe(one.descriptor.digest);
      for (const layer of await target.layers()) await collect(layer.open());
    }
    await expect(openSource(testCtx(), `docker-archive:${location}`)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('ghcr.io/team/b:2') as unknown,
    });
  });

  it('has the same bytes each time', async () => {
    const make = async (): Promise<string> => {
      const source = memorySource();
      const image = await realImage(source);
      return digestOf(
        await collect(
          dockerTar([{ descriptor: image.descriptor, source, names: ['docker.io/library/a:1'] }]),
        ),
      );
    };
    expect(await make()).toBe(await make());
  });

  it('holds no index', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const index = addIndex(source, [{ ...image.descriptor, platform: amd64 }]);
    const out = path.join(tempDir(), 'image.tar');
    await expect(writeDockerTar([{ descriptor: index, source, names: [] }], out)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await expect(readFile(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
