import { expect, test } from 'vitest';
import type { Snapshot } from '../../../src/solve/graph.ts';
import type { ExecMount, ExecOp } from '../../../src/solve/graph.ts';
import { execKey } from '../../../src/solve/exec/key.ts';
import { subtree } from '../../../src/solve/exec/subtree.ts';
import { memoryTree } from './memory-tree.ts';
import { execOp } from './op.ts';

const beneath: Snapshot = { layers: [{ id: 'index:aa', what: '', reused: false }] };

async function key(over: Partial<ExecOp>, ...inputs: readonly Snapshot[]) {
  const all = [beneath, ...inputs];
  return execKey(execOp('make', over), all, async (input, source) => {
    const tree = all[input]?.tree;
    if (!tree) throw new Error('no tree');
    return subtree(tree, source);
  });
}

async function differs(over: Partial<ExecOp>): Promise<string[]> {
  const [before, now] = [await key({}), await key(over)];
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => before[name] !== now[name]);
}

test.each<[string, Partial<ExecOp>, readonly string[]]>([
  ['the command', { argv: ['/bin/sh', '-c', 'make all'] }, ['the command']],
  ['a variable', { env: ['PATH=/bin', 'V=1'] }, ['variable V']],
  ['the user', { user: 'app' }, ['the user']],
  ['the directory', { cwd: '/src' }, ['the directory']],
  ['the network', { network: 'none' }, ['the network']],
  ['the security mode', { privileged: true }, ['the security mode']],
  ['a limit', { ulimits: [{ name: 'nofile', soft: 1, hard: 1 }] }, ['the limits']],
  ['the platform', { platform: { os: 'linux', architecture: 'arm64' } }, ['the platform']],
  ['a proxy: nothing', { unkeyedEnv: ['http_proxy=x'] }, []],
  ['the place in the file: nothing', { where: { file: 'Other', line: 9 } }, []],
])('the key changes with %s', async (_, over, parts) => {
  expect(await differs(over)).toEqual(parts);
});

test('the key of a bind mount holds what is shown, and nothing else of the input', async () => {
  const mounts: ExecMount[] = [{ type: 'bind', target: '/src', input: 1, source: 'src', readOnly: true }];
  const files = { 'src/a': 'one', 'src/sub/b': 'two', 'other/c': 'three' };
  const of = async (changed: Parameters<typeof memoryTree>[0]) =>
    (await key({ mounts }, { layers: [], tree: memoryTree({ ...files, ...changed }) }))[
      'the files mounted at /src'
    ];
  const before = await of({});
  expect(await of({ 'other/c': 'changed' })).toBe(before);
  expect(await of({ 'src/a': { text: 'one', mtime: 99, made: true }, 'other/d': 'new' })).not.toBe(undefined);
  for (const changed of [
    { 'src/a': 'changed' },
    { 'src/a': { text: 'one', mode: 0o600 } },
    { 'src/new': '' },
    { 'src/a': '-> sub/b' },
  ])
    expect(await of(changed)).not.toBe(before);
});

test('a file of the context that only got another time is the same', async () => {
  const digest = async (mtime: number) =>
    (await subtree(memoryTree({ 'src/a': { text: 'x', mtime, made: true } }), 'src/a')).digest;
  expect(await digest(1)).toBe(await digest(2));
});

test('only the files that a mount shows are read for its key', async () => {
  const tree = memoryTree({ 'src/a': 'one', 'other/huge': 'never read' });
  const mounts: ExecMount[] = [{ type: 'bind', target: '/src', input: 1, source: '/src', readOnly: true }];
  await key({ mounts }, { layers: [], tree });
  expect(tree.reads).toEqual(['src/a']);
});

test('a cache is keyed by its options and what it begins with, a secret by its name', async () => {
  const cache: ExecMount = {
    type: 'cache',
    target: '/c',
    id: 'c',
    sharing: 'locked',
    source: '/',
    readOnly: false,
  };
  const parts = await key({ mounts: [cache] });
  expect(parts['the mount /c']).toContain('locked');
  expect(parts).not.toHaveProperty('the files mounted at /c');
  const begun = await key({ mounts: [{ ...cache, input: 1 }] }, { layers: [], tree: memoryTree({ a: 'x' }) });
  expect(begun).toHaveProperty('the files mounted at /c');
});
