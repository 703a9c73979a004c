import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundlePage } from '../../scripts/bundle-page.ts';
import { removeTree } from '../../src/core/temp.ts';
import { nodeKinds, treeBuilder } from '../../src/explain/tree.ts';
import { pageHead } from '../../src/page/head.ts';
import { ledgerByKind, ledgerByModule } from '../../src/explain/sums/ledger-trees.ts';
import { pageTrees } from '../../src/page/trees.ts';
import { writePage } from '../../src/page/write.ts';
import { binaryExplanation, hostileNames, imageExplanation } from './generate.ts';

let directory = '';
beforeAll(async () => {
  await bundlePage(path.join(import.meta.dirname, '../../dist'));
  directory = await mkdtemp(path.join(tmpdir(), 'coracle-page-'));
});
afterAll(() => removeTree(directory));

test('a page is one file, allows its own script and style by hash and nothing else, and names nothing of a network', async () => {
  const file = path.join(directory, 'page.html');
  const { bytes } = await writePage(imageExplanation({ files: 50 }), file);
  const text = await readFile(file, 'utf8');
  expect(Buffer.byteLength(text)).toBe(bytes);
  expect(await readdir(directory)).toEqual(['page.html']);
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(text)?.[1] ?? '';
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  for (const [element, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ] as const) {
    const found = [...text.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, 'g'))];
    expect(found).toHaveLength(1);
    const hash = createHash('sha256')
      .update(found[0]?.[1] ?? '')
      .digest('base64');
    expect(policy).toContain(`${directive} 'sha256-${hash}'`);
  }
  expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link = '']) => link.slice(0, 5))).toEqual([
    'data:',
  ]);
});

test('hostile names meet HTML only escaped', async () => {
  const file = path.join(directory, 'hostile.html');
  await writePage(imageExplanation({ files: 100, names: hostileNames }), file);
  const text = await readFile(file, 'utf8');
  const own = text.replace(/<script[^]*?<\/script>/, '').replace(/<style>[^]*?<\/style>/, '');
  expect(own).not.toMatch(/<img|<svg|onerror="|\u202E/);
  expect(own).toContain('&lt;img src=x');
});

test('the same explanation gives the same page', async () => {
  const [first, second] = ['a.html', 'b.html'].map((name) => path.join(directory, name));
  if (first === undefined || second === undefined) throw new Error('no names');
  await writePage(binaryExplanation(), first);
  await writePage(binaryExplanation(), second);
  expect(await readFile(first, 'utf8')).toBe(await readFile(second, 'utf8'));
});

test('the trees of a program sum to its size, to the byte', () => {
  const binary = binaryExplanation();
  for (const tree of [ledgerByModule(binary), ledgerByKind(binary)]) {
    expect(tree.bytes[0]).toBe(binary.ledger.size);
    expect(Math.min(...tree.bytes)).toBeGreaterThan(0);
  }
});

test('a list of functions that claims more than the ledger changes no sum', () => {
  const binary = binaryExplanation();
  const { ledger } = binary;
  const boasting = {
    ...ledger,
    functions: ledger.functions.map((one) => ({ ...one, tables: one.tables * 9 })),
  };
  const tree = ledgerByModule({ ...binary, ledger: boasting });
  expect(tree.bytes[0]).toBe(ledger.size);
});

test('costs of several programs stand in one table, so that no two parts of a page have one name', () => {
  const image = imageExplanation({ files: 50 });
  const two = [binaryExplanation('/usr/bin/a'), binaryExplanation('/usr/bin/b')];
  const { sections } = pageHead({ ...image, binaries: two });
  const ids = sections.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const advice = sections.find(({ id }) => id === 'advice');
  expect(advice?.as === 'table' ? advice.rows.map(([program]) => program) : []).toEqual([
    '/usr/bin/a',
    '/usr/bin/b',
  ]);
});

test('a program among the files is one on the map, in its layer and in the whole', () => {
  const image = imageExplanation({ files: 50 });
  const builder = treeBuilder();
  const layer = builder.add(builder.add(-1, 'image', 'image', 0), '0 abc', 'layer', 0);
  const directory = builder.add(layer, 'bin', 'directory', 0);
  builder.add(directory, 'a', 'file', 5);
  builder.add(layer, 'a', 'file', 5);
  const binaries = [binaryExplanation('/bin/a')];
  const [layers] = pageTrees({ ...image, binaries, trees: { layers: builder.done() } });
  expect([...(layers?.tree.kind ?? [])].map((kind) => nodeKinds[kind])).toEqual([
    'image',
    'layer',
    'directory',
    'binary',
    'file',
  ]);
});

test('layers have their number and instruction for a name, counted from 1 as in every other report, and keep their digest', () => {
  const builder = treeBuilder();
  const root = builder.add(-1, 'image', 'image', 0);
  builder.add(root, '1 0123456789ab', 'layer', 5, { note: 'COPY server /' });
  builder.add(root, '2 ba9876543210', 'layer', 5, { note: `RUN ${'x'.repeat(100)}` });
  builder.add(root, '3 abcdefabcdef', 'layer', 5);
  const image = imageExplanation({ files: 50 });
  const [layers] = pageTrees({ ...image, trees: { layers: builder.done() } });
  expect(layers?.tree.names.slice(1)).toEqual([
    '1 COPY server /',
    `2 RUN ${'x'.repeat(75)}…`,
    '3 abcdefabcdef',
  ]);
  expect([...(layers?.tree.note ?? [])]).toEqual([
    [1, '0123456789ab'],
    [2, `RUN ${'x'.repeat(100)} (ba9876543210)`],
  ]);
});

test('sections count layers from 1, and tell of secrets first', () => {
  const image = imageExplanation({ files: 50 });
  const big = { kind: 'deleted', bytes: 9, path: '/x', detail: '', layer: 0, causedBy: 2, fix: '' } as const;
  const secret = { kind: 'secret', bytes: 0, path: '/.env', detail: '', layer: 1, fix: '' } as const;
  const { sections } = pageHead({ ...image, waste: [big, secret] });
  const rowsOf = (id: string): unknown[] =>
    sections.flatMap((section) => (section.as === 'table' && section.id === id ? [...section.rows] : []));
  expect(rowsOf('waste')).toEqual([
    [0, 'secret', '/.env', '', '2', ''],
    [9, 'deleted', '/x', '', '1, by 3', ''],
  ]);
  expect(rowsOf('layers')[0]).toEqual(expect.arrayContaining([1, 'ADD rootfs.tar.xz /']));
});

test('of an image whose layers could not be read the size is shown', () => {
  const image = { ...imageExplanation({ files: 50 }), trees: {} };
  expect(pageTrees(image).map(({ name, tree }) => [name, tree.bytes[0]])).toEqual([['files', image.size]]);
});
