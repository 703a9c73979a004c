import { expect, test } from 'vitest';
import { importGraph } from '../../../src/explain/costs/graph.ts';
import { whyModule } from '../../../src/explain/costs/why.ts';
import type { ListedPackage } from '../../../src/golang/package-list.ts';

function listed(path: string, module: string, imports: readonly string[] = []): ListedPackage {
  return {
    ImportPath: path,
    Imports: imports,
    ...(module === ''
      ? { Standard: true }
      : { Module: { Path: module, Version: 'v1.2.3', Main: module === 'example.com/app' } }),
  };
}

/** Dependencies first, as the go command lists them. */
const graph = importGraph([
  listed('runtime', ''),
  listed('vendor/golang.org/x/net/idna', ''),
  {
    ...listed('net', '', ['golang.org/x/net/idna']),
    ImportMap: { 'golang.org/x/net/idna': 'vendor/golang.org/x/net/idna' },
  },
  listed('example.com/deep/b', 'example.com/deep', ['net']),
  listed('example.com/deep/a', 'example.com/deep', ['example.com/deep/b']),
  listed('example.com/mid', 'example.com/mid', ['example.com/deep/a']),
  listed('example.com/app/store', 'example.com/app', ['example.com/mid', 'example.com/deep/b']),
  listed('example.com/app', 'example.com/app', ['example.com/app/store', 'example.com/mid', 'C']),
]);

test('every import from outside that brings a module in gives its shortest chain', () => {
  expect(whyModule(graph, 'example.com/deep')).toEqual({
    name: 'example.com/deep',
    kind: 'module',
    chains: [
      ['example.com/app', 'example.com/app/store', 'example.com/deep/b'],
      ['example.com/app', 'example.com/mid', 'example.com/deep/a'],
    ],
    more: 0,
  });
});

test('a module may be named with its version, and a package by its path', () => {
  expect(whyModule(graph, 'example.com/mid@v1.2.3').chains[0]).toEqual([
    'example.com/app',
    'example.com/mid',
  ]);
  expect(whyModule(graph, 'example.com/deep/a')).toMatchObject({
    kind: 'package',
    chains: [['example.com/app', 'example.com/mid', 'example.com/deep/a']],
  });
});

test('packages of the standard library are found by their path, those that it vendors too', () => {
  expect(whyModule(graph, 'vendor/golang.org/x/net/idna').chains).toEqual([
    ['example.com/app', 'example.com/app/store', 'example.com/deep/b', 'net', 'vendor/golang.org/x/net/idna'],
  ]);
});

test('what the linker adds is brought in by main', () => {
  expect(whyModule(graph, 'runtime').chains).toEqual([['example.com/app', 'runtime']]);
});

test('what is not in the program is an error that names what is like it', () => {
  const refusal = (name: string): unknown => {
    try {
      return whyModule(graph, name);
    } catch (error) {
      return error;
    }
  };
  expect(refusal('github.com/other/mid')).toMatchObject({
    code: 'NOT_FOUND',
    message: 'nothing of github.com/other/mid is in the program',
    hint: 'In it are example.com/mid.',
  });
  expect(refusal('example.com/depe')).toMatchObject({ hint: 'Did you mean example.com/deep?' });
  expect(refusal('nothing/like/it')).toMatchObject({ hint: expect.stringContaining('go.mod') as unknown });
});
