import { expect, test } from 'vitest';
import { compare } from '../../../src/explain/diff/compare.ts';
import { treeBuilder } from '../../../src/explain/tree.ts';
import type { DirectoryExplanation } from '../../../src/explain/types.ts';
import { image, program } from '../fixture.ts';

const gin = 'github.com/gin-gonic/gin';

test('an image differs in nothing from itself', () => {
  const same = compare(image(), image());
  expect(same).toMatchObject({ causes: [], files: [], programs: [], access: [], config: [] });
  expect(same.layers.map(({ state }) => state)).toEqual(['same', 'same']);
});

test('a program that became setuid, a user who is new and a secret that is gone differ, though no byte did', () => {
  const before = image();
  const after = image();
  const secret = {
    kind: 'secret',
    bytes: 0,
    path: '/root/.npmrc',
    detail: 'npm token',
    layer: 0,
    fix: '',
  } as const;
  const found = compare(
    {
      ...before,
      waste: [...before.waste, secret],
      access: { ...before.access, setuid: [{ path: '/bin/su', layer: 0, detail: '2755 root' }] },
    },
    {
      ...after,
      access: {
        ...after.access,
        setuid: [
          { path: '/bin/su', layer: 0, detail: '4755 root' },
          { path: '/bin/ping', layer: 0, detail: '4755 root' },
        ],
        users: [...after.access.users, { name: 'app', uid: 1000, shell: '/bin/sh' }],
      },
    },
  );
  expect(found).toMatchObject({ causes: [], files: [], config: [] });
  expect(found.access).toEqual([
    { what: 'secret', name: '/root/.npmrc', state: 'removed', before: 'npm token' },
    { what: 'setuid', name: '/bin/su', state: 'changed', before: '2755 root', after: '4755 root' },
    { what: 'setuid', name: '/bin/ping', state: 'added', after: '4755 root' },
    { what: 'user', name: 'app', state: 'added', after: '1000 /bin/sh' },
  ]);
});

test('a module that was updated, one that is new and one that is gone are told apart, with their bytes', () => {
  const before = program({
    digest: '1',
    modules: [
      [gin, 'v1.9.0', 100_000],
      ['example.org/gone', 'v1.0.0', 7000],
    ],
  });
  const after = program({
    digest: '2',
    modules: [
      [gin, 'v1.10.0', 120_000],
      ['example.org/new', 'v0.1.0', 90_000],
    ],
  });
  const { causes, programs, totals } = compare(before, after);
  expect(causes).toEqual([
    { what: 'module added', name: 'example.org/new', to: 'v0.1.0', bytes: 90_000, because: [] },
    { what: 'module updated', name: gin, from: 'v1.9.0', to: 'v1.10.0', bytes: 20_000, because: [gin] },
    { what: 'module removed', name: 'example.org/gone', from: 'v1.0.0', bytes: -7000, because: [] },
  ]);
  expect(programs[0]?.modules.map(({ path, state }) => `${path} ${state}`)).toEqual([
    'example.org/new added',
    `${gin} updated`,
    'example.org/gone removed',
  ]);
  expect(totals[0]).toMatchObject({ what: 'size', before: 764_000, after: 867_000 });
});

test('causes of a program sum to what it grew by', () => {
  const before = program({ digest: '1' });
  const after = program({
    digest: '2',
    standard: 250_000,
    goVersion: 'go1.27.4',
    modules: [[gin, 'v2.0.0', 10_000]],
  });
  const { causes } = compare(before, after);
  const moved = causes.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(moved).toBe(after.ledger.size - before.ledger.size);
  expect(causes[1]).toEqual({
    what: 'Go version',
    name: '/app/server',
    from: 'go1.26.8',
    to: 'go1.27.4',
    bytes: 50_000,
    because: ['net/http'],
  });
});

test('files that are new, gone and changed; a program of the same digest is not opened', () => {
  const before = image({ files: { '/a': 10, '/gone': 20 } });
  const after = image({ letter: 'b', files: { '/a': 15, '/new/file': 3000 } });
  const { files, programs } = compare(before, after);
  expect(files).toEqual([
    { path: '/new/file', state: 'added', before: 0, after: 3000, layer: 0 },
    { path: '/gone', state: 'removed', before: 20, after: 0, layer: 0 },
    { path: '/a', state: 'changed', before: 10, after: 15, layer: 0 },
  ]);
  expect(programs).toEqual([]);
});

test('a file that changed and kept its size is seen by its digest', () => {
  const directory = (sha: string): DirectoryExplanation => {
    const tree = treeBuilder();
    tree.add(-1, 'dir', 'directory', 0);
    tree.add(0, 'same', 'file', 5);
    tree.add(0, 'other', 'file', 5);
    const { files, efficiency, waste, access } = image();
    return {
      kind: 'directory',
      source: 'dir',
      size: 10,
      files,
      efficiency,
      waste,
      access,
      binaries: [],
      problems: [],
      trees: { files: tree.done() },
      digests: new Map([
        [1, 'aa'],
        [2, sha],
      ]),
    };
  };
  expect(compare(directory('bb'), directory('cc')).files.map(({ path }) => path)).toEqual(['/other']);
  expect(compare(directory('bb'), directory('bb')).files).toEqual([]);
});

test('layers are paired by content, then by instruction', () => {
  const before = image({ program: program({ digest: '1' }) });
  const same = image({ program: program({ digest: '2' }) });
  expect(compare(before, same).layers.map(({ state }) => state)).toEqual(['same', 'changed']);
  const other = image({ program: program({ digest: '2' }), copy: 'COPY other /app/server' });
  expect(compare(before, other).layers.map(({ state, after }) => [state, after?.createdBy])).toEqual([
    ['same', 'base'],
    ['added', 'COPY other /app/server'],
    ['removed', undefined],
  ]);
});

test('a step that was run with another build argument is the same step', () => {
  const built = (digest: string, value: string) =>
    image({ program: program({ digest }), copy: `RUN |1 V=${value} /bin/sh -c make # buildkit` });
  const { layers } = compare(built('1', 'a'), built('2', 'b'));
  expect(layers.map(({ state }) => state)).toEqual(['same', 'changed']);
});

test('config: each variable by itself', () => {
  const { config } = compare(image({ env: ['PATH=/bin', 'A=1'] }), image({ env: ['PATH=/usr/bin', 'B='] }));
  expect(config).toEqual([
    { key: 'Env PATH', before: '/bin', after: '/usr/bin' },
    { key: 'Env A', before: '1' },
    { key: 'Env B', after: '' },
  ]);
});

test('a program that was moved is compared with what it was', () => {
  const before = image({ program: program({ digest: '1', source: '/old/server' }) });
  const after = image({
    program: program({ digest: '2', source: '/app/api', modules: [[gin, 'v1.10.0', 500_000]] }),
  });
  const [change, ...rest] = compare(before, after).programs;
  expect(rest).toEqual([]);
  expect(change).toMatchObject({ path: '/app/api', state: 'changed' });
  expect(change?.modules).toMatchObject([{ path: gin, state: 'changed', before: 120_000, after: 500_000 }]);
});

test('a program and an image can be compared', () => {
  const { totals, layers } = compare(program(), image());
  expect(layers).toEqual([]);
  expect(totals.find(({ what }) => what === 'to pull')).not.toHaveProperty('before');
});
