import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { applyLayer } from '../../src/layer/apply.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { parentOf } from '../../src/layer/safe-path.ts';
import { treeEntries } from '../../src/layer/tree.ts';
import { collect, directory, failure, file, link, readAll, tarOf } from './support.ts';

async function merged(...layers: Entry[][]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  for (const layer of layers) await applyLayer(tree, layer);
  return tree;
}

const names = (tree: ReadonlyMap<string, Entry>): string[] => [...tree.keys()].sort();
const textAt = async (tree: ReadonlyMap<string, Entry>, path: string): Promise<string | undefined> => {
  const content = tree.get(path)?.content;
  return content && (await collect(content())).toString();
};

const lower = [
  directory('a'),
  file('a/1', 'one'),
  file('a/2', 'two'),
  directory('a/d'),
  file('a/d/x'),
  file('b'),
];

describe('whiteouts', () => {
  test('take away files and whole directories of the layers below', async () => {
    expect(names(await merged(lower, [file('a/.wh.1'), file('.wh.b')]))).toEqual([
      'a',
      'a/2',
      'a/d',
      'a/d/x',
    ]);
    expect(names(await merged(lower, [file('.wh.a')]))).toEqual(['b']);
  });

  test('leave what their own layer brings, in whichever order', async () => {
    for (const layer of [
      [file('.wh.a'), directory('a'), file('a/new')],
      [directory('a'), file('a/new'), file('.wh.a')],
      [directory('a'), file('a/.wh..wh..opq'), file('a/new')],
      [directory('a'), file('a/new'), file('a/.wh..wh..opq')],
    ]) {
      expect(names(await merged(lower, layer))).toEqual(['a', 'a/new', 'b']);
    }
  });

  test('an opaque one hides all that the layers below have in the directory, and only there', async () => {
    expect(names(await merged(lower, [file('a/d/.wh..wh..opq')]))).toEqual(['a', 'a/1', 'a/2', 'a/d', 'b']);
    expect(names(await merged(lower, [file('.wh..wh..opq'), file('c')]))).toEqual(['c']);
  });

  test('of nothing do nothing; names of AUFS are passed over', async () => {
    expect(
      names(
        await merged(lower, [
          file('.wh.nothing'),
          file('no/such/.wh.x'),
          directory('.wh..wh.plnk'),
          file('.wh..wh.aufs'),
        ]),
      ),
    ).toEqual(names(await merged(lower)));
  });

  test.each(['.wh.', '.wh..', '.wh...', 'a/.wh...'])(
    '%j, which would hide a directory above, is refused',
    async (path) => {
      expect(await failure(merged(lower, [file(path)]))).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    },
  );

  test('nothing may lie below one', async () => {
    expect(await failure(merged([file('a/.wh.b/c')]))).toMatchObject({ code: 'IMAGE_INVALID' });
  });
});

describe('what takes the place of what', () => {
  test('a file takes the place of a directory with all in it', async () => {
    const tree = await merged(lower, [file('a', 'now a file')]);
    expect(names(tree)).toEqual(['a', 'b']);
    expect(await textAt(tree, 'a')).toBe('now a file');
  });

  test('a directory takes the place of a file, also when only something in it is named', async () => {
    expect((await merged([file('x')], [directory('x'), file('x/y')])).get('x')?.type).toBe('directory');
    expect((await merged([file('x')], [file('x/y')])).get('x')?.type).toBe('directory');
  });

  test('a directory over a directory changes its mode and keeps what is in it', async () => {
    const tree = await merged(lower, [directory('a', { mode: 0o700, uid: 7 })]);
    expect(tree.get('a')).toMatchObject({ mode: 0o700, uid: 7 });
    expect(tree.has('a/d/x')).toBe(true);
  });

  test('directories that nobody describes are there', async () => {
    expect((await merged([file('deep/er/file')])).get('deep/er')).toMatchObject({
      type: 'directory',
      mode: 0o755,
    });
  });
});

describe('symbolic links in the middle of a path', () => {
  test('are followed inside the root, wherever they point', async () => {
    const base = [
      directory('usr/lib'),
      link('symlink', 'lib', 'usr/lib'),
      link('symlink', 'out', '../../../etc'),
      link('symlink', 'abs', '/usr'),
    ];
    const tree = await merged(base, [
      file('lib/libc.so'),
      file('out/passwd'),
      file('abs/lib/x'),
      file('lib/../evil'.replace('/..', '')),
    ]);
    expect(tree.get('lib')?.type).toBe('symlink');
    for (const path of ['usr/lib/libc.so', 'etc/passwd', 'usr/lib/x', 'usr/lib/evil'])
      expect(tree.get(path)?.path).toBe(path);
  });

  test('a whiteout goes through them too', async () => {
    const base = [directory('usr/lib'), file('usr/lib/a'), link('symlink', 'lib', 'usr/lib')];
    expect(names(await merged(base, [file('lib/.wh.a')]))).toEqual(['lib', 'usr', 'usr/lib']);
  });

  test('the link itself is replaced, not followed, at the end of a path', async () => {
    const tree = await merged([link('symlink', 'l', 'target'), file('target', 'old')], [file('l', 'new')]);
    expect([await textAt(tree, 'l'), await textAt(tree, 'target')]).toEqual(['new', 'old']);
  });

  test('in a circle they are refused', async () => {
    const circle = [link('symlink', 'a', 'b'), link('symlink', 'b', 'a')];
    expect(await failure(merged(circle, [file('a/x')]))).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    const growing = [link('symlink', 'a', 'a/a/a/a/a/a/a/a')];
    expect(await failure(merged(growing, [file('a/x')]))).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  });
});

describe('hard links', () => {
  test('keep the content when a later layer takes the first name away, and become links again', async () => {
    const tree = await merged(
      lower,
      [link('hardlink', 'a/link', 'a/1'), link('hardlink', 'c', 'a/link')],
      [file('a/.wh.1')],
    );
    expect(await textAt(tree, 'c')).toBe('one');
    expect([...treeEntries(tree)].map(({ path, type, linkName }) => [path, type, linkName])).toEqual([
      ['a', 'directory', undefined],
      ['a/2', 'file', undefined],
      ['a/d', 'directory', undefined],
      ['a/d/x', 'file', undefined],
      ['a/link', 'file', undefined],
      ['b', 'file', undefined],
      ['c', 'hardlink', 'a/link'],
    ]);
  });

  test('to nothing, to a directory or to themselves are refused', async () => {
    for (const target of ['nothing', 'a', 'self']) {
      expect(await failure(merged(lower, [link('hardlink', 'self', target)]))).toMatchObject({
        code: 'IMAGE_INVALID',
      });
    }
  });
});

test('a tree of any layers is sound, and written and read again is the same tree', async () => {
  const part = fc.constantFrom('a', 'b', 'c', '.wh.a', '.wh.b', '.wh..wh..opq');
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const plainPath = fc
    .array(fc.constantFrom('a', 'b', 'c', '..', '/'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const entry = fc.oneof(
    path.map((at) => file(at, at)),
    path.map((at) => directory(at)),
    fc.tuple(path, plainPath).map(([at, to]) => link('symlink', at, to)),
    fc.tuple(path, path).map(([at, to]) => link('hardlink', at, to)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 4 }), async (layers) => {
      let tree: Map<string, Entry>;
      try {
        tree = await merged(...layers);
      } catch (error) {
        if (!isToolError(error, 'IMAGE_INVALID', 'ARCHIVE_UNSAFE')) throw error;
        return;
      }
      for (const [at, found] of tree) {
        expect(found.path).toBe(at);
        expect(at).not.toContain('.wh.');
        expect(at.split('/')).not.toContain('..');
        if (parentOf(at) !== '') expect(tree.get(parentOf(at))?.type).toBe('directory');
      }
      const written = await readAll(await tarOf(treeEntries(tree)));
      const again = await merged([...treeEntries(tree)]);
      expect(names(again)).toEqual(names(tree));
      expect(written.map((found) => found.path)).toEqual([...treeEntries(tree)].map((found) => found.path));
    }),
    { numRuns: 500 },
  );
});

test('removing many directories of a large tree takes no search through all of it', async () => {
  const many = Array.from({ length: 30_000 }, (_, i) => file(`d${i}/file`));
  const tree = await merged(
    many,
    Array.from({ length: 30_000 }, (_, i) => file(`.wh.d${i}`)),
  );
  expect(tree.size).toBe(0);
});
