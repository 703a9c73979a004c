import { expect, test } from 'vitest';
import { openedTrees } from '../../../src/explain/sums/programs.ts';
import { nodeKinds, treeBuilder, type ByteTree } from '../../../src/explain/tree.ts';
import { image, program } from '../fixture.ts';

const server = { ...program({ source: 'app/server' }), layer: 1 };

function trees(bytes: number): { layers: ByteTree; files: ByteTree } {
  const layers = treeBuilder();
  const root = layers.add(-1, 'api', 'image', 0);
  layers.add(layers.add(layers.add(root, '1', 'layer', 0), 'app', 'directory', 0), 'server', 'file', 10);
  layers.add(layers.add(layers.add(root, '2', 'layer', 0), 'app', 'directory', 0), 'server', 'file', bytes);
  const files = treeBuilder();
  files.add(files.add(files.add(-1, 'api', 'image', 0), 'app', 'directory', 0), 'server', 'file', bytes);
  return { layers: layers.done(), files: files.done() };
}

/** Nodes below one, by name. */
function below(tree: ByteTree, node: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const [child, parent] of tree.parent.entries())
    if (parent === node) found.set(tree.names[child] ?? '', child);
  return found;
}

test('a program is opened in the layer that holds it and in the tree of files, and all sums stay', () => {
  const plain = trees(server.ledger.size);
  const opened = openedTrees({ ...image(), trees: plain, binaries: [server] });
  for (const [name, node] of [
    ['layers', 6],
    ['files', 2],
  ] as const) {
    const tree = opened[name];
    if (!tree) throw new Error(name);
    expect(tree.bytes.slice(0, plain[name].names.length)).toEqual(plain[name].bytes);
    expect(nodeKinds[tree.kind[node] ?? 0]).toBe('binary');
    const groups = below(tree, node);
    expect([...groups.keys()]).toEqual(expect.arrayContaining(['runtime', 'standard library', 'modules']));
    const inside = [...groups.values()].reduce((sum, child) => sum + (tree.bytes[child] ?? 0), 0);
    expect(inside).toBe(server.ledger.size);
    const module = below(tree, groups.get('modules') ?? -1);
    expect([...module.keys()]).toEqual(['github.com/gin-gonic/gin']);
  }
  // The other layer's file of that name is another file.
  expect(below(opened.layers ?? plain.layers, 3).size).toBe(0);
});

test('what is not the file that the ledger is of stays closed', () => {
  const plain = trees(server.ledger.size - 1);
  expect(openedTrees({ ...image(), trees: plain, binaries: [server] })).toEqual(plain);
});
