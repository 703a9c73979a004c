import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { applyLayer } from '../../src/layer/apply.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { mergeLayers } from '../../src/layer/merge.ts';
import { readLayer } from '../../src/layer/read-layer.ts';
import type { LayerSource } from '../../src/layer/read-layer.ts';
import { collect, directory, failure, file, inChunks, link, plain, readAll, tarOf } from './support.ts';

interface Watched extends LayerSource {
  readonly opened: () => number;
  readonly finished: () => number;
}

async function layerOf(entries: Entry[]): Promise<Watched> {
  const bytes = gzipSync(await tarOf(entries));
  let opened = 0;
  let finished = 0;
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    opened: () => opened,
    finished: () => finished,
    open: async function* () {
      opened++;
      yield* inChunks(bytes, 100);
      finished++;
    },
  };
}

const layers = async (): Promise<Watched[]> =>
  Promise.all([
    layerOf([
      directory('etc', { mode: 0o700 }),
      file('etc/conf', 'old'),
      file('etc/gone', 'x'),
      file('bin', 'program'),
      link('hardlink', 'alias', 'bin'),
    ]),
    layerOf([file('etc/conf', 'new!'), file('etc/.wh.gone'), link('symlink', 'link', 'etc/conf')]),
    layerOf([file('.wh.bin'), file('last', 'last')]),
  ]);

async function contents(entries: AsyncIterable<Entry>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const entry of entries) found.push(await plain(entry));
  return found;
}

describe('mergeLayers', () => {
  test('is the image as one list: what has no content first, then files, then their links', async () => {
    expect(await contents(mergeLayers(await layers()))).toMatchObject([
      { path: 'etc', type: 'directory', mode: 0o700 },
      { path: 'link', type: 'symlink', linkName: 'etc/conf' },
      { path: 'alias', type: 'file', content: 'program' },
      { path: 'etc/conf', type: 'file', content: 'new!' },
      { path: 'last', type: 'file', content: 'last' },
    ]);
  });

  test('hard links across layers come after their file', async () => {
    const stack = [
      await layerOf([file('b', 'x')]),
      await layerOf([link('hardlink', 'a', 'b'), link('hardlink', 'c', 'b')]),
    ];
    expect(await contents(mergeLayers(stack))).toMatchObject([
      { path: 'a', type: 'file', content: 'x' },
      { path: 'b', type: 'hardlink', linkName: 'a' },
      { path: 'c', type: 'hardlink', linkName: 'a' },
    ]);
  });

  test('reads each layer at most twice, and to its end, where its digest is checked', async () => {
    const stack = await layers();
    const tar = await collect(
      (async function* () {
        const { writeTar } = await import('../../src/layer/tar-write.ts');
        yield* writeTar(mergeLayers(stack));
      })(),
    );
    expect((await readAll(tar)).length).toBe(5);
    for (const layer of stack) {
      expect(layer.opened()).toBe(2);
      expect(layer.finished()).toBe(2);
    }
  });

  test('a layer that is another one the second time is found', async () => {
    const [one, other] = [await layerOf([file('a', 'x')]), await layerOf([file('a', 'longer')])];
    let times = 0;
    const source: LayerSource = {
      mediaType: one.mediaType,
      open: () => (times++ === 0 ? one : other).open(),
    };
    expect(await failure(contents(mergeLayers([source])))).toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  test('no layers are no entries', async () => {
    expect(await contents(mergeLayers([]))).toEqual([]);
  });
});

describe('readLayer', () => {
  test('contents can be read in their turn, later, and more than once', async () => {
    const layer = await layerOf([file('a', 'one'), directory('d'), file('d/b', 'two')]);
    const tree = new Map<string, Entry>();
    await applyLayer(tree, readLayer(layer));
    const read = async (path: string): Promise<string> => {
      const content = tree.get(path)?.content;
      return content ? (await collect(content())).toString() : 'none';
    };
    expect([await read('d/b'), await read('a'), await read('d/b'), await read('d')]).toEqual([
      'two',
      'one',
      'two',
      'none',
    ]);
    expect(await contents(readLayer(layer))).toMatchObject([
      { content: 'one' },
      { path: 'd' },
      { content: 'two' },
    ]);
  });
});
