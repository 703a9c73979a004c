import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeKinds, treeBuilder, type ByteTree } from '../../src/explain/tree.ts';
import { readPage, type Page } from '../../src/page/browser/read.ts';
import { encodePage } from '../../src/page/encode.ts';

const head = { title: 'x', subtitle: '', facts: [], sections: [], kinds: nodeKinds };

async function through(...trees: readonly ByteTree[]): Promise<Page> {
  const named = trees.map((tree) => ({ name: 'files', label: 'Files', colouring: 'sort', tree }) as const);
  return readPage(Buffer.from(encodePage(head, named)).toString('base64'));
}

const anyTree = fc
  .array(
    fc.record({
      parent: fc.nat(),
      name: fc
        .string({ unit: 'grapheme', maxLength: 12 })
        .filter((text) => !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)),
      kind: fc.constantFrom(...nodeKinds),
      own: fc.oneof(
        fc.nat(),
        fc.maxSafeNat().map((bytes) => Math.floor(bytes / 1000)),
      ),
      note: fc.option(fc.string({ unit: 'grapheme-ascii' }), { nil: undefined }),
      waste: fc.option(fc.constantFrom('overwritten', 'deleted'), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((nodes) => {
    const builder = treeBuilder();
    for (const [index, { parent, name, kind, own, note, waste }] of nodes.entries())
      builder.add(index === 0 ? -1 : parent % index, name, kind, own, {
        ...(note === undefined ? {} : { note }),
        ...(waste === undefined ? {} : { waste }),
      });
    return builder.done();
  });

test('trees come out of a page as they went in', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, anyTree, async (first, second) => {
      const page = await through(first, second);
      for (const [index, tree] of [first, second].entries()) {
        const read = page.tree(index);
        const nodes = [...tree.names.keys()];
        expect(nodes.map((node) => read.name(node))).toEqual(tree.names);
        expect([...read.parent]).toEqual([...tree.parent]);
        expect([...read.bytes]).toEqual([...tree.bytes]);
        expect(nodes.map((node) => read.kindOf(node))).toEqual(
          nodes.map((node) => nodeKinds[tree.kind[node] ?? 0]),
        );
        expect(nodes.map((node) => read.note(node))).toEqual(nodes.map((node) => tree.note.get(node)));
        expect(nodes.map((node) => read.waste(node))).toEqual(nodes.map((node) => tree.waste.get(node)));
      }
    }),
    { numRuns: 60 },
  );
});

test('children are listed largest first, each below its parent alone', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      const read = (await through(tree)).tree(0);
      const seen: number[] = [];
      for (const node of tree.names.keys()) {
        const children = [...read.children(node)];
        seen.push(...children);
        expect(children.every((child) => tree.parent[child] === node)).toBe(true);
        expect(read.childCount(node)).toBe(children.length);
        const sizes = children.map((child) => tree.bytes[child] ?? 0);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual([...tree.names.keys()].slice(1));
    }),
    { numRuns: 40 },
  );
});

test('waste within waste counts once', async () => {
  const builder = treeBuilder();
  const root = builder.add(-1, '', 'image', 0);
  const cache = builder.add(root, 'cache', 'directory', 10, { waste: 'package cache' });
  builder.add(cache, 'a', 'file', 30, { waste: 'duplicate' });
  builder.add(root, 'b', 'file', 500);
  const tree = (await through(builder.done())).tree(0);
  expect([...tree.wasted]).toEqual([40, 40, 30, 0]);
});

test('names cannot reverse text, ring a bell, or break the list that they stand in', async () => {
  const builder = treeBuilder();
  builder.add(-1, 'a\0b\u202Egpj.exe\u0007\u001B[2J', 'file', 1);
  builder.add(0, 'next', 'file', 1);
  const tree = (await through(builder.done())).tree(0);
  expect(tree.name(0)).toBe('abgpj.exe');
  expect(tree.name(1)).toBe('next');
});

test('a function is named without the package that it stands in', async () => {
  const builder = treeBuilder();
  const root = builder.add(-1, 'golang.org/x/net', 'module', 0);
  const inner = builder.add(root, 'golang.org/x/net/http2', 'package', 0);
  builder.add(inner, 'golang.org/x/net/http2.(*Server).Serve', 'function', 7);
  builder.add(root, 'golang.org/x/net', 'package', 1);
  const second = builder.add(root, 'github.com/x/caddy/v2', 'module', 0);
  builder.add(second, 'github.com/x/caddy/v2', 'package', 1);
  const file = builder.add(root, 'lib', 'directory', 0);
  builder.add(file, 'lib.so', 'file', 1);
  const tree = (await through(builder.done())).tree(0);
  expect([...tree.names.keys()].map((node) => tree.shortName(node))).toEqual([
    'golang.org/x/net',
    'http2',
    '(*Server).Serve',
    'net',
    'github.com/x/caddy/v2',
    'caddy/v2',
    'lib',
    'lib.so',
  ]);
});
