import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { documentSchema, type DocumentName } from '../../src/render/schemas.ts';
import type { ShipReport } from '../../src/ship/types.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
import { tempDir } from '../support/ctx.ts';
import { cleanEnv, coracle } from './run.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

function fits(exit: Exit, name: DocumentName): void {
  const valid = ajv.compile(documentSchema(name));
  valid(parseJson<unknown>(exit.stdout));
  expect(valid.errors).toBeNull();
}

function reportOf(exit: Exit): ShipReport {
  fits(exit, 'ship');
  return parseJson<ShipReport>(exit.stdout);
}

const good = `package shop\n\nimport "testing"\n\nfunc TestPrice(t *testing.T) {}\n`;
const bad = `package shop\n\nimport "testing"\n\nfunc TestPrice(t *testing.T) {\n\tt.Error("got 3")\n}\n`;

/** A module below the root of a repository, with environments. */
async function project(): Promise<{
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}> {
  const root = tempDir();
  const directory = path.join(root, 'shop');
  await mkdir(path.join(root, '.git'));
  await mkdir(path.join(directory, 'price'), { recursive: true });
  const files = {
    'go.mod': 'module example.com/shop\n\ngo 1.21\n',
    'price/price.go': 'package shop\n',
    'price/price_test.go': good,
    'coracle.yaml':
      'deploy: {hosts: [web1], secrets: [TOKEN], port: 8080}\nenvironments: {staging: {}, production: {}}\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  return { directory, env: cleanEnv(root) };
}

describe('coracle ship', () => {
  test('what was typed wrong, or says too little, is told before anything runs', async () => {
    const { directory: cwd, env } = await project();
    const run = async (...args: string[]): Promise<Exit> => coracle(['ship', ...args], { cwd, env });
    for (const [args, says] of [
      [['--skip', 'test', 'staging'], 'there is no stage "test"'],
      [['--report', 'xml=x', 'staging'], 'is not FORMAT=FILE'],
      [[], 'which environment?'],
    ] as const) {
      const exit = await run(...args);
      expect(exit).toMatchObject({ code: 2, stdout: '' });
      expect(exit.stderr).toContain(says);
    }
  });

  test('a secret that is not there stops it where it deploys, and is only told where it does not', async () => {
    const { directory: cwd, env } = await project();
    const run = async (...args: string[]): Promise<Exit> => coracle(['ship', ...args], { cwd, env });
    const stopped = await run('--skip', 'hosts,tests,build,budget,push,verify', 'staging');
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toContain('the variable TOKEN is not set');
    expect(stopped.stdout).toMatch(/ deploy\s+not run/);
    const checked = await run('--only', 'config', '--json', 'staging');
    const report = reportOf(checked);
    expect(report.verdict).toBe('passed');
    expect(report.stages[0]?.findings[0]?.message).toContain('TOKEN');
  });

  test('a file that is not valid is a finding at its line', async () => {
    const { directory: cwd, env } = await project();
    await writeFile(path.join(cwd, 'coracle.yaml'), 'main: ./x\ndeplay: {}\n');
    const exit = await coracle(['ship', '--only', 'config', '--json'], { cwd, env });
    const { stages } = reportOf(exit);
    expect(exit.code).toBe(1);
    expect(stages[0]?.findings[0]).toMatchObject({
      rule: 'config/config-invalid',
      where: { file: 'coracle.yaml', line: 2 },
    });
  });
});

/** The same, with the Go of this machine and the caches of Go that all tests share. */
async function goProject(): ReturnType<typeof project> {
  const { directory, env } = await project();
  const said = await goCommand(['env', 'GOVERSION', 'GOCACHE', 'GOMODCACHE']);
  const [version = '', GOCACHE, GOMODCACHE] = said.split('\n');
  await writeFile(
    path.join(directory, 'go.mod'),
    `module example.com/shop\n\ngo ${version.replace('go', '')}\n`,
  );
  return { directory, env: { ...env, GOCACHE, GOMODCACHE } };
}

describeWith([hasGo], 'coracle ship, with tests', () => {
  test('a test that fails is told at its line, to people, CI and files; one that passed is not run again', async () => {
    const { directory: cwd, env } = await goProject();
    const [summary, junit] = [path.join(cwd, '../summary.md'), path.join(cwd, 'ship.xml')];
    const github = {
      ...env,
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: path.dirname(cwd),
      GITHUB_STEP_SUMMARY: summary,
    };
    const args = ['ship', '--only', 'tests', '--report', 'junit=ship.xml', 'staging'];
    await writeFile(path.join(cwd, 'price/price_test.go'), bad);
    const failed = await coracle(args, { cwd, env: github });
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('price/price_test.go:6: TestPrice (example.com/shop/price): got 3');
    expect(failed.stderr).toContain(
      '::error file=shop/price/price_test.go,line=6,title=coracle ship%3A tests::',
    );
    expect(await readFile(summary, 'utf8')).toContain('**tests** `price/price_test.go:6`');
    expect(await readFile(junit, 'utf8')).toContain(
      '<testcase name="TestPrice" classname="example.com/shop/price"',
    );

    await writeFile(path.join(cwd, 'price/price_test.go'), good);
    const passed = await coracle(args, { cwd, env });
    expect(passed).toMatchObject({ code: 0 });
    expect(passed.stdout).toMatch(/ tests\s+passed .*1 passed in 1 package/);
    const again = await coracle([...args, '--json'], { cwd, env });
    expect(reportOf(again).stages[2]).toMatchObject({ before: true, verdict: 'passed' });
  });

  test('in GitLab the log has sections, and code quality goes into its file', async () => {
    const { directory: cwd, env } = await goProject();
    await writeFile(path.join(cwd, 'price/price_test.go'), bad);
    const gitlab = { ...env, GITLAB_CI: 'true', CI_PROJECT_DIR: path.dirname(cwd) };
    const args = ['ship', '--only', 'tests', '--report', 'gitlab=quality.json', 'staging'];
    const exit = await coracle(args, { cwd, env: gitlab });
    expect(exit.stderr).toMatch(/section_start:\d+:coracle_tests\r/);
    expect(exit.stderr).toMatch(/section_end:\d+:coracle_tests\r/);
    const [issue] = parseJson<readonly unknown[]>(await readFile(path.join(cwd, 'quality.json'), 'utf8'));
    expect(issue).toMatchObject({ location: { path: 'shop/price/price_test.go', lines: { begin: 6 } } });
  });
});

test('coracle ci init says what it wrote and what it needs, and fits its schema', async () => {
  const { directory: cwd, env } = await project();
  const exit = await coracle(['ci', 'init', 'github'], { cwd, env });
  expect(exit).toMatchObject({ code: 0 });
  expect(exit.stdout).toContain('wrote ../.github/workflows/coracle.yml');
  expect(exit.stdout).toContain('SSH_PRIVATE_KEY, SSH_KNOWN_HOSTS, TOKEN');
  const refused = await coracle(['ci', 'init', 'github'], { cwd, env });
  expect(refused.code).toBe(2);
  fits(await coracle(['ci', 'init', 'gitlab', '--json'], { cwd, env }), 'ci-init');
});
