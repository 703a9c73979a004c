import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { placesIn } from '../../src/ship/error-findings.ts';
import { testFindings, testReader } from '../../src/ship/tests/events.ts';
import { testSettings } from '../../src/ship/tests/settings.ts';
import { treeKey } from '../../src/ship/tests/tree-key.ts';
import { tempDir } from '../support/ctx.ts';

const line = (event: object): string => `${JSON.stringify(event)}\n`;
const api = 'example.com/m/api';

/** What `go test -json` printed, in pieces as a pipe gives them. */
function read(text: string) {
  const shown: string[] = [];
  const reader = testReader((part) => shown.push(part));
  for (let at = 0; at < text.length; at += 7) reader.take(text.slice(at, at + 7));
  return { ...reader.result(), shown };
}

describe('what go test says', () => {
  const broken = [
    line({ Action: 'start', Package: api }),
    line({ Action: 'output', Package: api, Test: 'TestGood', Output: '=== RUN   TestGood\n' }),
    line({ Action: 'pass', Package: api, Test: 'TestGood', Elapsed: 0.01 }),
    line({
      Action: 'output',
      Package: api,
      Test: 'TestAll/empty_name',
      Output: '=== RUN   TestAll/empty_name\n',
    }),
    line({
      Action: 'output',
      Package: api,
      Test: 'TestAll/empty_name',
      Output: '    api_test.go:12: got 3, want 4\n',
    }),
    line({
      Action: 'output',
      Package: api,
      Test: 'TestAll/empty_name',
      Output: '    --- FAIL: TestAll/empty_name (0.00s)\n',
    }),
    line({ Action: 'fail', Package: api, Test: 'TestAll/empty_name', Elapsed: 0 }),
    line({ Action: 'fail', Package: api, Test: 'TestAll', Elapsed: 0.2 }),
    line({ Action: 'skip', Package: api, Test: 'TestSlow', Elapsed: 0 }),
    line({ Action: 'output', Package: api, Output: 'FAIL\n' }),
    line({ Action: 'fail', Package: api, Elapsed: 1.5 }),
  ].join('');

  test('tests by their outcome; of those that passed nothing is kept', () => {
    const { cases, packages, shown } = read(broken);
    expect(cases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['TestGood', 'passed'],
      ['TestAll/empty_name', 'failed'],
      ['TestAll', 'failed'],
      ['TestSlow', 'skipped'],
    ]);
    expect(cases[0]).not.toHaveProperty('output');
    expect(packages).toMatchObject([{ name: api, outcome: 'failed', seconds: 1.5, cached: false }]);
    expect(shown.join('')).toContain('got 3, want 4');
    expect(shown.join('')).not.toContain('TestGood');
  });

  test('a failure is told once, at its line, with the command that repeats it', () => {
    const found = testFindings(read(broken), (name) => (name === api ? 'api' : undefined));
    expect(found).toEqual([
      {
        rule: 'tests',
        severity: 'error',
        message: `TestAll/empty_name (${api}): got 3, want 4`,
        where: { file: 'api/api_test.go', line: 12 },
        fix: `go test -run '^TestAll$/^empty_name$' ${api}`,
      },
    ]);
  });

  test('a package that does not compile is told with the place in its source', () => {
    const text = [
      line({
        ImportPath: `${api} [${api}.test]`,
        Action: 'build-output',
        Output: `# ${api} [${api}.test]\n`,
      }),
      line({
        ImportPath: `${api} [${api}.test]`,
        Action: 'build-output',
        Output: 'api/api.go:7:2: undefined: x\n',
      }),
      line({ ImportPath: `${api} [${api}.test]`, Action: 'build-fail' }),
      line({ Action: 'output', Package: api, Output: `FAIL\t${api} [build failed]\n` }),
      line({ Action: 'fail', Package: api, Elapsed: 0, FailedBuild: `${api} [${api}.test]` }),
    ].join('');
    expect(testFindings(read(text), () => 'api')).toEqual([
      {
        rule: 'tests',
        severity: 'error',
        message: `${api}: undefined: x`,
        where: { file: 'api/api.go', line: 7, column: 2 },
        fix: `go test ${api}`,
      },
    ]);
  });

  test('results of its cache are known, lines that are no events passed over', () => {
    const text = `garbage\n{"Action": 3}\n{not json\n${line({ Action: 'output', Package: api, Output: `ok  \t${api}\t(cached)\n` })}${line({ Action: 'pass', Package: api, Elapsed: 0 })}`;
    expect(read(text).packages).toMatchObject([{ outcome: 'passed', cached: true }]);
  });

  test('the end of much output is kept, not all of it', () => {
    const noise = line({ Action: 'output', Package: api, Test: 'TestA', Output: `${'x'.repeat(999)}\n` });
    const text = `${noise.repeat(100)}${line({ Action: 'output', Package: api, Test: 'TestA', Output: 'the end' })}${line({ Action: 'fail', Package: api, Test: 'TestA' })}`;
    const output = read(text).cases[0]?.output ?? '';
    expect(output.length).toBeLessThan(20_000);
    expect(output.endsWith('the end')).toBe(true);
  });
});

test('places of compilers and vet, and nothing that only looks like one', () => {
  const text = [
    '# example.com/m/api',
    './api.go:12:3: undefined: x',
    'vet: internal/a/b.go:4:2: unreachable code',
    'time: 12:30:11: no',
    'go.mod:3: unknown directive',
  ].join('\n');
  expect(placesIn(text)).toEqual([
    { message: 'undefined: x', where: { file: './api.go', line: 12, column: 3 } },
    { message: 'unreachable code', where: { file: 'internal/a/b.go', line: 4, column: 2 } },
    { message: 'unknown directive', where: { file: 'go.mod', line: 3 } },
  ]);
});

test('the key of a tree changes with any file that a test could read, and with nothing else', async () => {
  const root = tempDir();
  await mkdir(path.join(root, 'testdata'));
  await writeFile(path.join(root, 'a.go'), 'package a');
  await writeFile(path.join(root, 'testdata/x'), 'x');
  const own = [path.join(root, 'ship.xml')];
  const key = async (): Promise<string | undefined> => treeKey(root, own);
  const first = await key();
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  await mkdir(path.join(root, '.git'));
  await writeFile(path.join(root, '.git/HEAD'), 'ref');
  await writeFile(path.join(root, 'ship.xml'), 'report');
  await writeFile(path.join(root, 'a.go'), 'package a');
  expect(await key()).toBe(first);
  await writeFile(path.join(root, 'testdata/x'), 'y');
  const second = await key();
  expect(second).not.toBe(first);
  await symlink('x', path.join(root, 'testdata/link'));
  expect(await key()).not.toBe(second);
  expect(await treeKey(path.join(root, 'nowhere'), [])).toBeUndefined();
});

test('how a project is tested, as its file says', () => {
  expect(testSettings({})).toEqual({ command: undefined, packages: ['./...'], flags: [], race: false });
  expect(testSettings({ ship: { tests: { command: 'make "all tests"', race: true } } })).toMatchObject({
    command: ['make', 'all tests'],
    race: true,
  });
  expect(testSettings({ ship: { tests: { command: [] } } }).command).toBeUndefined();
});
