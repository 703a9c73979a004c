import { expect, test } from 'vitest';
import { setuidFiles } from '../../../src/bases/distribution/setuid.ts';
import { makeSlim } from '../../../src/bases/slim.ts';
import { slimImage } from '../../../src/bases/distribution/slim-image.ts';
import { fileEntry } from '../../../src/base/parts/entry.ts';
import { applyLayer } from '../../../src/layer/apply.ts';
import { buildLayer } from '../../../src/layer/build-layer.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { readLayer } from '../../../src/layer/read-layer.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/types.ts';
import type { Descriptor } from '../../../src/oci/types.ts';
import { openTarget, platformImage } from '../../../src/oci/view.ts';
import { openStore } from '../../../src/store/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { testCtx } from '../../support/ctx.ts';

const platform = { os: 'linux', architecture: 'amd64' };
const directory = (path: string, mode = 0o755): Entry => ({
  ...{ path, type: 'directory', mode, uid: 0, gid: 0, mtime: 1, size: 0 },
});
const file = (path: string, text = path): Entry => fileEntry(path, text, 1);
const link = (path: string, linkName: string, type: 'symlink' | 'hardlink' = 'symlink'): Entry => ({
  ...{ path, type, mode: 0o777, uid: 0, gid: 0, mtime: 1, size: 0, linkName },
});

async function treeOf(entries: readonly Entry[]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  await applyLayer(tree, entries);
  return tree;
}

const kept = [
  'usr/share/doc/curl/copyright',
  'usr/share/doc/bash/COPYING',
  'usr/share/doc/libstdc++6',
  'usr/share/licenses/bash/COPYING',
  'usr/share/locale/locale.alias',
  'var/cache/debconf/config.dat',
  'var/log/wtmp',
  'var/lib/rpm/rpmdb.sqlite',
  'usr/lib/sysimage/rpm/Packages',
  'lib/apk/db/installed',
  'var/lib/dpkg/status',
  'usr/lib/python3/__pycache__/gone.cpython-311.pyc',
  'usr/lib/python3/there.py',
  'usr/share/zoneinfo/UTC',
];
const omitted = {
  documents: [
    'usr/share/doc/curl/README',
    'usr/share/man/man1/ls.1.gz',
    'usr/share/info/dir',
    'usr/share/man/de/x',
  ],
  locales: ['usr/share/locale/de/LC_MESSAGES/ls.mo'],
  caches: [
    'var/cache/dnf/packages.db',
    'var/cache/yum/x86_64/repomd.xml',
    'var/cache/zypp/raw/x',
    'var/cache/apk/APKINDEX.1.tar.gz',
    'var/cache/debconf/config.dat-old',
    'var/lib/apt/lists/InRelease',
    'usr/lib/python3/__pycache__/there.cpython-311.pyc',
    'usr/lib/python3/__pycache__/there.cpython-311.opt-1.pyc',
    'root/.cache/pip/x',
    'var/tmp/x',
  ],
  logs: ['var/log/dpkg.log', 'var/log/dnf.rpm.log', 'var/lib/dnf/history.sqlite'],
  '/usr/share/zoneinfo/right/**': ['usr/share/zoneinfo/right/UTC'],
};

test('what is left out is counted by kind; licences and lists of packages stay', async () => {
  const names = [...kept, ...Object.values(omitted).flat()];
  const tree = await treeOf(
    names.map((name) =>
      name.endsWith('libstdc++6') ? link(name, 'gcc-12-base') : file(name, name.endsWith('wtmp') ? '' : name),
    ),
  );
  const counts = makeSlim(tree, { slim: true, omit: ['/usr/share/zoneinfo/right/**'] });
  expect(
    [...tree.values()]
      .filter(({ type }) => type !== 'directory')
      .map(({ path }) => path)
      .sort(),
  ).toEqual(kept.toSorted());
  const expected = Object.entries(omitted).map(([kind, files]) => ({
    kind,
    files: files.length,
    bytes: files.join('').length,
  }));
  expect(counts).toEqual(expect.arrayContaining(expected));
  expect(counts).toHaveLength(expected.length);
  expect(['var/cache/apk', 'var/log', 'usr/share/man'].map((path) => tree.has(path))).toEqual([
    true,
    true,
    false,
  ]);
});

test('a base that is not to be slim loses what its user lists, and nothing else', async () => {
  const tree = await treeOf([file('usr/share/man/man1/ls.1'), file('opt/a/b'), file('opt/c')]);
  expect(makeSlim(tree, { slim: false, omit: ['/opt/a'] })).toEqual([{ kind: '/opt/a', files: 1, bytes: 7 }]);
  expect([...tree.keys()].sort()).toEqual([
    'opt',
    'opt/c',
    'usr',
    'usr/share',
    'usr/share/man',
    'usr/share/man/man1',
    'usr/share/man/man1/ls.1',
  ]);
});

test('programs that run as somebody else are told of', async () => {
  const tree = await treeOf([
    { ...file('usr/bin/su'), mode: 0o4755 },
    { ...file('usr/bin/wall'), mode: 0o2755 },
    file('usr/bin/ls'),
    directory('tmp', 0o2755),
  ]);
  expect(setuidFiles(tree)).toEqual(['/usr/bin/su', '/usr/bin/wall']);
});

test('an image becomes one layer: links, devices, attributes, what was removed, and its config', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const lower = [
    directory('etc'),
    { ...file('etc/passwd', 'root'), uid: 3, gid: 4 },
    directory('old'),
    file('old/gone'),
    directory('whole'),
    file('whole/gone'),
    directory('usr/share/doc/x'),
    file('usr/share/doc/x/guide', 'shared'),
    link('usr/lib-guide', 'usr/share/doc/x/guide', 'hardlink'),
    link('usr/lib-guide-2', 'usr/share/doc/x/guide', 'hardlink'),
    { ...file('usr/bin/ping'), mode: 0o755, xattrs: { 'security.capability': Buffer.from([1, 2, 3]) } },
    { ...directory('dev/null', 0o666), type: 'char' as const, major: 1, minor: 3 },
  ];
  const upper = [file('old/.wh.gone', ''), file('whole/.wh..wh..opq', ''), file('whole/new')];
  const reference = await putImage(store, [lower, upper]);
  const settings = { name: 'registry.example.com/team/base:1', slim: true, omit: [] };
  const made = await slimImage(ctx, store, reference, settings, { platform });
  expect(made.config).toEqual({ Cmd: ['sh'], Labels: { a: 'b' }, User: '7' });
  expect(made.omitted).toEqual([{ kind: 'documents', files: 1, bytes: 0 }]);
  const image = await platformImage(await openTarget(store.blobs, made.descriptor), platform);
  const [layer, ...more] = await image.layers();
  if (!layer || more.length > 0) throw new Error('not one layer');
  const found = new Map<string, Entry & { text?: string }>();
  for await (const { content, ...entry } of readLayer(layer)) {
    const parts: Uint8Array[] = [];
    if (content) for await (const part of content()) parts.push(Buffer.from(part));
    found.set(entry.path, { ...entry, ...(content && { text: Buffer.concat(parts).toString() }) });
  }
  const files = [...found.values()].filter(({ type }) => type !== 'directory').map(({ path }) => path);
  expect(files.sort()).toEqual([
    'dev/null',
    'etc/passwd',
    'usr/bin/ping',
    'usr/lib-guide',
    'usr/lib-guide-2',
    'whole/new',
  ]);
  expect(found.get('etc/passwd')).toMatchObject({ uid: 3, gid: 4, text: 'root' });
  expect(found.get('usr/lib-guide')).toMatchObject({ type: 'file', text: 'shared' });
  expect(found.get('usr/lib-guide-2')).toMatchObject({ type: 'hardlink', linkName: 'usr/lib-guide' });
  expect(found.get('usr/bin/ping')?.xattrs?.['security.capability']).toEqual(Buffer.from([1, 2, 3]));
  expect(found.get('dev/null')).toMatchObject({ type: 'char', major: 1, minor: 3 });
  expect(await slimImage(ctx, store, reference, settings, { platform })).toEqual(made);
});

async function putImage(store: Store, layers: readonly (readonly Entry[])[]): Promise<string> {
  const built = [];
  for (const entries of layers)
    built.push(
      await buildLayer(entries, { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' }, store.blobs),
    );
  const put = async (mediaType: string, value: unknown): Promise<Descriptor> => {
    const bytes = Buffer.from(JSON.stringify(value));
    await store.blobs.put(bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const config = await put(mediaTypes.ociConfig, {
    ...platform,
    config: { Cmd: ['sh'], Labels: { a: 'b' }, User: '7' },
    rootfs: { type: 'layers', diff_ids: built.map(({ diffId }) => diffId) },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: built.map(({ descriptor }) => descriptor),
  };
  await store.refs.set('localhost/test:1', await put(mediaTypes.ociManifest, manifest));
  return 'localhost/test:1';
}
