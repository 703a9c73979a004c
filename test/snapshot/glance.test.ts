import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexEntry, LayerIndex } from '../../src/layer/layer-index.ts';
import { glanceAt, glanceTree } from '../../src/snapshot/glance.ts';
import { layersTree } from '../../src/snapshot/tree.ts';
import type { LayerId, Tree } from '../../src/snapshot/types.ts';

const common = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
const directory = (path: string): IndexEntry => ({ ...common, path, type: 'directory' });
const link = (path: string, linkName: string): IndexEntry => ({ ...common, path, type: 'symlink', linkName });
const file = (path: string, digest: string): IndexEntry => ({ ...common, path, type: 'file', digest });

const nothing = async function* (): AsyncGenerator<Uint8Array> {
  // no content is asked for
};

/** What the short way says of a stack; undefined when it does not know. */
async function short(layers: readonly LayerIndex[]): Promise<Tree | undefined> {
  const ids = layers.map((_, at): LayerId => `index:${at}`);
  const folder = { glance: async () => undefined, writeGlance: async () => undefined };
  const forms = {
    folder: () => folder,
    index: async (id: LayerId) => layers[Number(id.slice('index:'.length))] ?? [],
    unpacked: async () => undefined,
  };
  return glanceTree(ids, forms, nothing);
}

const files = ['etc/passwd', 'etc/group'];
const facts = async (tree: Tree): Promise<unknown> =>
  Promise.all([
    ...files.map(async (path) => (await tree.entry(path))?.digest),
    ...['dev', 'proc', 'sys'].map(async (path) => (await tree.entry(path)) !== undefined),
  ]);

describe('what a stack of layers says of the few things that each step asks', () => {
  const entry = fc.oneof(
    fc.constantFrom(
      directory('etc'),
      directory('dev'),
      directory('proc'),
      file('dev/null', '1'),
      file('at/dev', '2'),
      link('proc', 'dev'),
      directory('usr'),
      directory('usr/etc'),
      directory('at'),
    ),
    fc.constantFrom(link('at', 'etc'), link('at', '.'), link('usr', '/'), link('etc', 'usr')),
    fc
      .tuple(
        fc.constantFrom('', 'etc/', 'at/', 'at/etc/', 'usr/etc/'),
        fc.constantFrom('passwd', 'group', '.wh.passwd', '.wh.etc', '.wh.proc', '.wh..wh..opq', 'hosts'),
        fc.constantFrom('1', '2', '3'),
      )
      .map(([above, name, digest]) => file(above + name, digest)),
  );
  const layer = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 6 });

  it('is the same by the short way as by the whole, where the short way knows', async () => {
    let known = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
        const whole = await layersTree(layers, nothing);
        const found = await short(layers);
        if (!found) return;
        known++;
        expect(await facts(found)).toEqual(await facts(whole));
      }),
      { numRuns: 3000 },
    );
    expect(known).toBeGreaterThan(100);
  });

  it('is known of a usual base, and of a layer that says nothing of it', () => {
    const base = [directory('etc'), file('etc/passwd', '1'), file('etc/group', '2'), directory('usr')];
    expect(glanceAt(base)?.map(({ path }) => path)).toEqual(['etc', 'etc/passwd', 'etc/group']);
    expect(glanceAt([directory('src')])).toEqual([]);
  });

  it('is not known by the short way where links are on the way', () => {
    expect(glanceAt([link('etc', 'usr/etc')])).toBeUndefined();
    expect(glanceAt([directory('etc'), link('etc/passwd', '/usr/passwd')])).toBeUndefined();
    expect(glanceAt([file('somewhere/passwd', '1')])).toBeUndefined();
  });
});
