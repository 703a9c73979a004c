import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeTar } from '../../../src/layer/tar-write.ts';
import { copy, dir, file, link, special, type Named } from './support.ts';

async function tar(entries: readonly Named[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const withContent = entries.map((entry) =>
    entry.type === 'file' ? { ...entry, content: () => whole(entry.text ?? '') } : entry,
  );
  for await (const chunk of writeTar(withContent)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}

/** A file of the context with these bytes. */
const holding = (path: string, bytes: Buffer): Named => ({
  ...file(path),
  digest: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
  bytes,
});
const hardlink = (path: string, linkName: string): Named => ({ ...file(path), type: 'hardlink', linkName });

const plain = [
  dir('bin', { mode: 0o711, uid: 3, gid: 4, mtime: 20 }),
  file('bin/tool', 'T', { mode: 0o4755, uid: 1, gid: 2, mtime: 10 }),
  link('bin/l', 'tool', { uid: 1, gid: 2 }),
  file('deep/down/x', 'X', { mtime: -5 }),
];
const add = async (
  entries: readonly Named[],
  base?: readonly Named[],
  more: { readonly dest?: string; readonly owner?: string; readonly mode?: string } = {},
): ReturnType<typeof copy> =>
  copy(
    [{ sources: ['a.tar'], dest: '/t', unpack: true, ...more }],
    [holding('a.tar', await tar(entries))],
    base,
  );

describe('ADD of an archive', () => {
  test("keeps its modes, owners and times; what it does not list is root's", async () => {
    const { tree, image } = await add(plain);
    expect(tree).toEqual([
      'd 755 t',
      'd 711 3:4 t/bin',
      'l 1:2 t/bin/l -> tool',
      'f 4755 1:2 t/bin/tool = T',
      'd 755 t/deep',
      'd 755 t/deep/down',
      'f 644 t/deep/down/x = X',
    ]);
    const times = ['t', 't/bin', 't/bin/tool', 't/deep', 't/deep/down/x'].map((path) => [
      path,
      image.get(path)?.mtime,
      image.get(path)?.made ?? false,
    ]);
    expect(times).toEqual([
      ['t', 5000, true],
      ['t/bin', 20, false],
      ['t/bin/tool', 10, false],
      ['t/deep', 5000, true],
      ['t/deep/down/x', 0, false],
    ]);
  });

  test('with an owner belongs to it; --chmod does not reach inside, as in BuildKit', async () => {
    const { layer } = await add(plain, undefined, { owner: '8:9', mode: '600' });
    expect(layer).toEqual([
      'd 755 8:9 t',
      'd 711 8:9 t/bin',
      'l 8:9 t/bin/l -> tool',
      'f 4755 8:9 t/bin/tool',
      'd 755 t/deep',
      'd 755 t/deep/down',
      'f 644 8:9 t/deep/down/x',
    ]);
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('packed with %s', async (_, pack) => {
    const source = holding('a.tar', pack(await tar([file('x', 'X')])));
    expect((await copy([{ sources: ['a.tar'], dest: '/', unpack: true }], [source])).tree).toEqual([
      'f 644 x = X',
    ]);
  });

  test('that is none is copied as it is', async () => {
    const files = [
      holding('x.tar', Buffer.from('no tar')),
      holding('text.gz', gzipSync('just text')),
      file('empty.tar'),
    ];
    const { layer } = await copy(
      [{ sources: ['x.tar', 'text.gz', 'empty.tar'], dest: '/', unpack: true }],
      files,
    );
    expect(layer).toEqual(['f 644 empty.tar', 'f 644 text.gz', 'f 644 x.tar']);
  });

  test('with COPY is copied as it is', async () => {
    const source = [holding('a.tar', await tar(plain))];
    expect((await copy([{ sources: ['a.tar'], dest: '/t' }], source)).layer).toEqual(['f 644 t']);
  });

  test('beside plain files and directories', async () => {
    const source = [holding('a.tar', await tar([file('x', 'X')])), file('f', 'F'), file('d/y', 'Y')];
    const { tree } = await copy([{ sources: ['a.tar', 'f', 'd'], dest: '/t/', unpack: true }], source);
    expect(tree).toEqual(['d 755 t', 'f 644 t/f = F', 'f 644 t/x = X', 'f 644 t/y = Y']);
  });

  test.each<readonly [string, readonly Named[], readonly Named[], readonly string[], readonly string[]]>([
    [
      'a file in place of a directory',
      [file('d', 'D')],
      [file('t/d/x', 'X')],
      ['d 755 t', 'f 644 t/d = D'],
      ['d 755 t', 'f 644 t/d'],
    ],
    [
      'a directory in place of a file',
      [dir('d', { mode: 0o700 })],
      [file('t/d', 'D')],
      ['d 755 t', 'd 700 t/d'],
      ['d 755 t', 'd 700 t/d'],
    ],
    [
      'a directory onto a directory',
      [dir('d', { mode: 0o700, uid: 5 })],
      [file('t/d/x', 'X')],
      ['d 755 t', 'd 700 5:0 t/d', 'f 644 t/d/x = X'],
      ['d 755 t', 'd 700 5:0 t/d'],
    ],
    [
      'a directory twice, with a file between: what the image had in it is gone',
      [file('d', ''), dir('d')],
      [file('t/d/x', 'X')],
      ['d 755 t', 'd 755 t/d'],
      ['d 755 t', 'd 755 t/d', 'f 0 t/d/.wh..wh..opq'],
    ],
    [
      'a link in place of a file',
      [link('f', 'g')],
      [file('t/f', 'F')],
      ['d 755 t', 'l t/f -> g'],
      ['d 755 t', 'l t/f -> g'],
    ],
    [
      'through links, which stay below the destination',
      [file('l/x', 'X')],
      [link('t/l', '/r'), dir('t/r')],
      ['d 755 t', 'l t/l -> /r', 'd 755 t/r', 'f 644 t/r/x = X'],
      ['d 755 t', 'd 755 t/r', 'f 644 t/r/x'],
    ],
    [
      'a hard link to its own file',
      [file('a', 'A'), hardlink('b', 'a')],
      [],
      ['d 755 t', 'f 644 t/a = A', 'f 644 t/b = A'],
      ['d 755 t', 'f 644 t/a', 'h 644 t/b -> t/a'],
    ],
    [
      'a hard link to a file of the image',
      [hardlink('b', 'a')],
      [file('t/a', 'A', { mode: 0o600 })],
      ['d 755 t', 'f 644 t/a = A', 'f 644 t/b = A'],
      ['d 755 t', 'f 644 t/a', 'h 644 t/b -> t/a'],
    ],
    [
      'special files',
      [special('c', 'char', { major: 1, minor: 5 })],
      [],
      ['d 755 t', 'c 644 t/c'],
      ['d 755 t', 'c 644 t/c'],
    ],
    ['nothing', [], [dir('t')], ['d 755 t'], []],
  ])('%s', async (_, entries, base, expected, layer) => {
    // An archive of nothing but zeros is no archive.
    const added = await add(entries.length === 0 ? [dir('')] : entries, base);
    expect(added.tree).toEqual(expected);
    expect(added.layer).toEqual(layer);
  });

  test.each<readonly [string, readonly Named[], RegExp]>([
    [
      'a hard link to nothing',
      [hardlink('b', 'a')],
      /^ADD a\.tar: .*b is a hard link to a, which is not there/,
    ],
    ['a name that climbs', [file('../x')], /climbs/],
    ['a whiteout', [file('.wh.x')], /begin with \.wh\./],
    [
      'files in a link to nothing',
      [link('l', '/gone'), file('l/x')],
      /puts files into l, which is no directory/,
    ],
    ['files in a file', [file('f'), file('f/x')], /f is not a directory|f, which is no directory/],
  ])('%s is refused', async (_, entries, message) => {
    await expect(add(entries)).rejects.toThrow(message);
  });

  test('that is cut off is refused', async () => {
    const bytes = (await tar([file('x', 'X'.repeat(5000))])).subarray(0, 2000);
    const cut = copy([{ sources: ['a.tar'], dest: '/', unpack: true }], [holding('a.tar', bytes)]);
    await expect(cut).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });
});
