import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { costsOfFile } from '../../../src/explain/costs/costs.ts';
import { costsWithSource, explainSource } from '../../../src/explain/costs/source.ts';
import { whyModule } from '../../../src/explain/costs/why.ts';
import { explainWithCosts } from '../../../src/explain/with-costs.ts';
import type { Advice, BinaryExplanation, Costs } from '../../../src/explain/types.ts';
import { withFileSource } from '../../../src/golang/binary/source.ts';
import { compile } from '../../../src/golang/compile.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import type { Ledger } from '../../../src/golang/ledger/types.ts';
import { compileRequest, writeFiles } from '../../golang/go-project.ts';
import { sharedTempDir, testCtx } from '../../support/ctx.ts';
import { reachable } from './graphs.ts';
import { goModHere, writeProgram } from './program.ts';

const temp = sharedTempDir();
const app = writeProgram(temp.directory, 'go:\n  strip: false\n');
let explained: BinaryExplanation;
let costs: Costs;

beforeAll(async () => {
  explained = await explainSource(hookCtx(), app);
  costs = explained.costs ?? { modules: [], advice: [] };
});
afterAll(temp.remove);

/** Outside of a test nothing may be left for its end. */
function hookCtx(): ReturnType<typeof testCtx> {
  return testCtx({ home: path.join(temp.directory, 'home') });
}

function bytesOf(ledger: Ledger, which: (name: string, module?: string) => boolean): number {
  const chosen = new Set(
    ledger.accounts.flatMap(({ kind, name, module }, index) =>
      kind === 'package' && which(name, module?.path) ? [index] : [],
    ),
  );
  return ledger.rows.reduce((sum, row) => (chosen.has(row.account) ? sum + row.bytes : sum), 0);
}

function adviceOn(text: string, all: readonly Advice[] = costs.advice): Advice {
  const found = all.find(({ what }) => what.includes(text));
  if (!found) throw new Error(`no advice on ${text} among: ${all.map(({ what }) => what).join('; ')}`);
  return found;
}

describe('the program of a directory', () => {
  test('is built as coracle build would, and every byte of it counted', async () => {
    const output = path.join(temp.directory, 'as-built');
    await compile(testCtx(), compileRequest(app, { output, strip: false }));
    expect(explained.ledger.size).toBe(statSync(output).size);
    expect(explained.ledger.rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(explained.ledger.size);
    expect(explained).toMatchObject({ kind: 'binary', source: app });
  });

  test('loses with a module what the ledger has of all that can then not be reached', () => {
    expect(costs.modules.map(({ path: name }) => name).sort()).toEqual([
      'example.com/dup',
      'example.com/dup/v2',
      'example.com/page',
    ]);
    const graph = costs.graph ?? { packages: [], imports: [], linker: [] };
    for (const module of costs.modules) {
      const left = reachable(graph.imports, {
        node: (index) => graph.packages[index]?.module?.path === module.path,
      });
      const names = new Set(
        graph.packages.flatMap(({ path: name }, index) => (left.has(index) ? [] : [name])),
      );
      expect(module.own).toBe(bytesOf(explained.ledger, (_, its) => its === module.path));
      expect(module.drop).toBe(bytesOf(explained.ledger, (name) => names.has(name)));
      expect(module.own).toBeGreaterThan(0);
    }
    const page = costs.modules.find(({ path: name }) => name === 'example.com/page');
    expect(page?.alone).toEqual(['example.com/dup']);
    expect(page?.drop).toBeGreaterThan(bytesOf(explained.ledger, (name) => name === 'text/template'));
    expect(bytesOf(explained.ledger, (name) => name === 'runtime')).toBeGreaterThan(page?.drop ?? 0);
  });

  test('says which imports bring a module in, and what the import alone costs', () => {
    expect(costs.modules.find(({ path: name }) => name === 'example.com/dup')?.chain).toEqual([
      'example.com/app',
      'example.com/page',
      'example.com/dup',
    ]);
    expect(costs.graph && whyModule(costs.graph, 'text/template').chains).toEqual([
      ['example.com/app', 'example.com/page', 'text/template'],
    ]);
    const byImport = costs.imports?.find(({ to }) => to === 'example.com/page');
    expect(byImport).toMatchObject({
      from: 'example.com/app',
      alone: ['example.com/dup', 'example.com/page'],
    });
    expect(byImport?.drop).toBe(costs.modules.find(({ path: name }) => name === 'example.com/page')?.drop);
  });

  test('is told what debug data costs, measured by building it without', async () => {
    const output = path.join(temp.directory, 'stripped');
    await compile(testCtx(), compileRequest(app, { output, strip: true }));
    const { saves, measured } = adviceOn('debug data');
    expect({ saves, measured }).toEqual({
      saves: explained.ledger.size - statSync(output).size,
      measured: true,
    });
  });

  test('is told which function keeps all methods alive, and how main gets there', () => {
    const { because, saves, measured } = adviceOn('reflection');
    expect(because[0]).toMatch(
      /^text\/template\.\(\*state\)\.evalField looks methods up by name: main\.main -> example\.com\/page\.Write -> .*text\/template\.\(\*state\)\.evalField$/,
    );
    expect(because).toContain('text/template is imported by example.com/page');
    expect(measured).toBe(true);
    expect(saves).toBeGreaterThan(50_000);
  });

  test('is told of a module in two major versions, with the bytes of each', () => {
    const { because, measured } = adviceOn('example.com/dup is in the program in 2 major versions');
    const bytes = (name: string): string =>
      bytesOf(explained.ledger, (_, its) => its === name).toLocaleString('en-US');
    expect(because).toHaveLength(2);
    expect(because.join('\n')).toContain(`example.com/dup v1.0.0: ${bytes('example.com/dup')} bytes`);
    expect(because.join('\n')).toContain(`example.com/dup/v2 v2.0.0: ${bytes('example.com/dup/v2')} bytes`);
    expect(measured).toBe(false);
  });

  test('is told of a dear import that one line uses; comments and strings are no uses', () => {
    const { because, saves } = adviceOn('example.com/page is used once in example.com/app');
    expect(because[0]).toBe('main.go:12: page.Write');
    expect(saves).toBe(costs.imports?.find(({ to }) => to === 'example.com/page')?.drop);
  });
});

test('build tags of coracle.yaml decide which packages count', async () => {
  const tagged = writeProgram(path.join(temp.directory, 'tagged'), 'go:\n  tags: [extra]\n');
  const { costs: found } = await explainSource(testCtx(), tagged, { measure: false });
  expect(found?.modules.map(({ path: name }) => name)).toContain('example.com/extra');
  expect(found?.imports?.find(({ to }) => to === 'example.com/extra')?.drop).toBeGreaterThan(0);
  expect(found?.advice.filter(({ measured }) => measured)).toEqual([]);
});

test('the root of a module whose programs are below it is told as files, and which programs there are', async () => {
  const root = path.join(temp.directory, 'two');
  writeFiles(root, {
    'go.mod': goModHere('example.com/two'),
    'cmd/one/main.go': 'package main\n\nfunc main() {}\n',
    'cmd/two/main.go': 'package main\n\nfunc main() {}\n',
  });
  const request = { what: root, access: { insecure: [] }, binaries: true };
  const found = await explainWithCosts(testCtx(), request);
  expect(found.kind === 'directory' ? found.problems : []).toEqual([
    expect.stringMatching(
      /no program was built: .* holds no Go files.*There are 2 below it: cmd\/one, cmd\/two/,
    ),
  ]);
});

test('the root of a workspace, which is no module, is told as files, and which programs are in it', async () => {
  const root = path.join(temp.directory, 'workspace');
  writeFiles(root, {
    'go.work': 'go 1.20\n\nuse (\n\t./one\n\t./tools\n)\n',
    'one/go.mod': goModHere('example.com/one'),
    'one/main.go': 'package main\n\nfunc main() {}\n',
    'tools/go.mod': goModHere('example.com/tools'),
    'tools/cmd/two/main.go': 'package main\n\nfunc main() {}\n',
  });
  const request = { what: 'workspace', access: { insecure: [] }, binaries: true };
  const found = await explainWithCosts(testCtx({ cwd: temp.directory }), request);
  expect(found.kind === 'directory' ? found.problems : []).toEqual([
    expect.stringMatching(/no program was built: .*: workspace\/one, workspace\/tools\/cmd\/two$/),
  ]);
});

describe('a program that is there', () => {
  const binary = path.join(temp.directory, 'there');
  let ledger: Ledger;
  beforeAll(async () => {
    await compile(hookCtx(), compileRequest(app, { output: binary, strip: false }));
    ({ ledger } = await withFileSource(binary, readLedger));
  });

  test('alone tells its modules and their bytes, and says that it cannot tell more', async () => {
    const alone = await costsOfFile(ledger);
    const modules = alone.modules.map(({ path: name, own, drop, chain }) => ({ name, own, drop, chain }));
    expect(modules).toEqual(
      costs.modules
        .map(({ path: name, own }) => ({ name, own, drop: own, chain: [] }))
        .sort((a, b) => b.own - a.own),
    );
    expect(alone.imports).toBeUndefined();
    expect(alone.limits?.join()).toContain('--source DIR');
    expect(alone.advice.filter(({ measured }) => measured)).toEqual([]);
    expect(adviceOn('debug data', alone.advice).saves).toBeGreaterThan(0);
    expect(adviceOn('reflection may keep', alone.advice).because.join()).toContain('text/template');
    expect(adviceOn('2 major versions', alone.advice).because).toHaveLength(2);
  });

  test('and its source tell what the source of a directory tells', async () => {
    const both = await costsWithSource(testCtx(), ledger, app, { measure: false });
    expect(both.modules).toEqual(costs.modules);
    expect(both.imports).toEqual(costs.imports);
    expect(both.limits).toEqual([]);
  });

  test('and its source, which names a newer Go since, were measured with that one', async () => {
    const file = path.join(app, 'go.mod');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}\ntoolchain go1.99.0\n`);
    try {
      const both = await costsWithSource(testCtx(), ledger, app, { measure: false });
      expect(both.limits).toEqual([]);
    } finally {
      writeFileSync(file, before);
    }
  });

  test('and the source of another program are refused', async () => {
    const other = writeProgram(path.join(temp.directory, 'other'), 'main: .\n');
    writeFileSync(path.join(other, 'go.mod'), goModHere('example.com/other'));
    rmSync(path.join(other, 'extra.go'));
    writeFileSync(path.join(other, 'main.go'), 'package main\n\nfunc main() {}\n');
    await expect(costsWithSource(testCtx(), ledger, other, { measure: false })).rejects.toThrow(
      `${other} holds example.com/other, and the program is example.com/app`,
    );
  });
});
