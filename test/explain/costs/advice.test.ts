import { expect, test } from 'vitest';
import { costsOfFile } from '../../../src/explain/costs/costs.ts';
import type { Advice } from '../../../src/explain/types.ts';
import { ledgerOf } from './ledgers.ts';
import type { Told } from './ledgers.ts';

const clean = { '-trimpath': 'true' };

async function advice(told: Told): Promise<readonly Advice[]> {
  return (await costsOfFile(ledgerOf({ settings: clean, ...told }))).advice;
}

test('of a program that is as small as it can be there is nothing to say', async () => {
  expect(await advice({ packages: { fmt: 100, 'example.com/x@v1.0.0': 100 } })).toEqual([]);
});

test('debug data is counted, not guessed; only when the program was not stripped', async () => {
  const rows = [
    { account: 0, kind: 'debug', evidence: 'structure', bytes: 70 },
    { account: 0, kind: 'symbol table', evidence: 'structure', bytes: 7 },
  ] as const;
  const [found] = await advice({ stripped: false, rows });
  expect(found).toMatchObject({
    what: 'debug data and the symbol table are in the program',
    saves: 77,
    measured: false,
  });
  expect((await advice({ stripped: false, rows: rows.slice(1) }))[0]?.what).toBe(
    'the symbol table is in the program',
  );
  expect(await advice({ stripped: true, rows: [] })).toEqual([]);
});

test('race detector, compiler switched off, paths and PIE are seen in build info', async () => {
  const whats = async (told: Told): Promise<string[]> => (await advice(told)).map(({ what }) => what);
  expect(await whats({ settings: { ...clean, '-race': 'true' } })).toEqual([
    'the race detector is in the program',
  ]);
  expect(await whats({ race: true })).toEqual(['the race detector is in the program']);
  expect(await whats({ settings: { ...clean, '-gcflags': 'all=-N -l' } })).toEqual([
    "the compiler's optimisation and inlining was turned off",
  ]);
  expect(await whats({ settings: {} })).toEqual(['paths of the machine that built it are in the program']);
  const rows = [{ account: 0, kind: 'relocations', evidence: 'structure', bytes: 24 }] as const;
  expect(await whats({ form: 'pie', rows })).toEqual(['it is built so that it can be loaded anywhere (PIE)']);
});

test('major versions of one module are one family, gopkg.in or not', async () => {
  const found = await advice({
    packages: {
      'gopkg.in/yaml.v2@v2.4.0': 10,
      'gopkg.in/yaml.v3@v3.0.1': 30,
      'example.com/y@v1.1.1': 1,
      'example.com/y/v5@v5.0.0': 5,
      'example.com/y/v3@v3.0.0': 3,
      'example.com/yy@v1.0.0': 7,
    },
  });
  expect(found.map(({ what, saves }) => [what, saves])).toEqual([
    ['gopkg.in/yaml is in the program in 2 major versions', 10],
    ['example.com/y is in the program in 3 major versions', 4],
  ]);
  expect(found[1]?.fix).toContain('Move what imports example.com/y/v3 and example.com/y to example.com/y/v5');
});

test('packages that are often there by accident are named with their bytes', async () => {
  const found = await advice({ packages: { 'net/http/pprof': 1234, 'time/tzdata': 450_000, testing: 0 } });
  expect(found.map(({ because }) => because[0])).toEqual([
    'time/tzdata: 450,000 bytes',
    'net/http/pprof: 1,234 bytes',
  ]);
});

test('C code is told by what it needs at run time', async () => {
  const [found] = await advice({ packages: { 'runtime/cgo': 9 }, needed: ['libstdc++.so.6', 'libc.so.6'] });
  expect(found?.because).toEqual(['needs libstdc++.so.6, libc.so.6 at run time', 'C++ is among it']);
});

test('reflection that looks methods up is told, with who is known to do it', async () => {
  const [found] = await advice({
    packages: { reflect: 1, 'text/template': 1 },
    functions: ['reflect.Value.MethodByName'],
  });
  expect(found?.because[0]).toContain('reflect.Value.MethodByName is in the program');
  expect(found?.because[1]).toContain('text/template');
  expect(found?.saves).toBeUndefined();
});

test('a package of few functions and much data is there for its tables', async () => {
  const [found] = await advice({
    packages: { 'golang.org/x/tables@v1.0.0': 10 },
    rows: [{ account: 0, kind: 'read-only data', evidence: 'symbol', bytes: 100_000 }],
    functions: ['golang.org/x/tables.Look'],
  });
  expect(found).toMatchObject({
    what: 'golang.org/x/tables is in the program for its tables',
    because: ['100,000 bytes of data', 'of its functions are left: golang.org/x/tables.Look'],
  });
});

test('a main package with much data was to be left out of its own program', async () => {
  const rows = [{ account: 0, kind: 'data', evidence: 'symbol', bytes: 100_000 }] as const;
  expect(await advice({ packages: { 'example.com/app': 10 }, rows, functions: ['main.main'] })).toEqual([]);
  expect(await advice({ packages: { main: 10 }, rows, functions: ['main.main'] })).toEqual([]);
});
