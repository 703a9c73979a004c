import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { factsOf, targetsOf, type CiFacts } from '../../src/ci/facts.ts';
import { githubWorkflow } from '../../src/ci/github.ts';
import { gitlabPipeline } from '../../src/ci/gitlab.ts';
import { ciInit } from '../../src/ci/init.ts';
import { shipFlags } from '../../src/cli/ship-flags.ts';
import { stageNames } from '../../src/config/schema/ship.ts';
import { testCtx } from '../support/ctx.ts';

const run = promisify(execFile);

const facts: CiFacts = {
  directory: '.',
  check: 'staging',
  targets: [
    { environment: 'staging', on: 'branch' },
    { environment: 'production', on: 'tag' },
  ],
  others: [],
  platforms: ['linux/amd64', 'linux/arm64'],
  registry: 'registry.example.com',
  secrets: ['DATABASE_URL'],
  branch: 'main',
  version: '0.1.0',
};
const nested: CiFacts = {
  ...facts,
  directory: 'services/api',
  check: undefined,
  targets: [{ environment: undefined, on: 'tag' }],
  platforms: [],
  registry: 'ghcr.io',
  secrets: [],
  branch: 'release/1.x',
};
const nowhere: CiFacts = { ...facts, targets: [], check: undefined, registry: undefined, secrets: [] };

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly if?: string;
}
interface Job {
  readonly if: string;
  readonly steps: readonly Step[];
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly environment?: string;
  readonly strategy?: { readonly matrix: { readonly include: readonly Record<string, string>[] } };
  readonly 'timeout-minutes': number;
}
interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly defaults: { readonly run: Readonly<Record<string, string>> };
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
type Pipeline = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

// What this test's own subject wrote has the form that these tests hold it to.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const github = (of: CiFacts): Workflow => parse(githubWorkflow(of)) as Workflow;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const gitlab = (of: CiFacts): Pipeline => parse(gitlabPipeline(of)) as Pipeline;

describe('which environment follows what', () => {
  test('by their names', () => {
    expect(targetsOf([])).toEqual([{ environment: undefined, on: 'tag' }]);
    expect(targetsOf(['live'])).toEqual([{ environment: 'live', on: 'tag' }]);
    expect(targetsOf(['production', 'demo', 'staging'])).toEqual([
      { environment: 'staging', on: 'branch' },
      { environment: 'production', on: 'tag' },
    ]);
    expect(targetsOf(['blue', 'green'])).toEqual([
      { environment: 'blue', on: 'branch' },
      { environment: 'green', on: 'tag' },
    ]);
  });
});

describe('GitHub', () => {
  test('each trigger has its job, and no job runs for two', () => {
    const { on, jobs } = github(facts);
    expect(on).toEqual({ pull_request: null, push: { branches: ['main'], tags: ['v*'] } });
    expect(Object.entries(jobs).map(([name, job]) => [name, job.if, job.environment])).toEqual([
      ['check', "github.event_name == 'pull_request'", undefined],
      ['staging', "github.event_name == 'push' && github.ref == 'refs/heads/main'", 'staging'],
      ['production', "startsWith(github.ref, 'refs/tags/v')", 'production'],
    ]);
    expect(jobs['staging']?.concurrency).toEqual({ group: 'coracle-staging', 'cancel-in-progress': false });
  });

  test('a project with one environment or none is shipped by tags, one that deploys nowhere only checked', () => {
    expect(Object.keys(github(nested).jobs)).toEqual(['check', 'deploy']);
    const { jobs, on } = github(nowhere);
    expect(Object.keys(jobs)).toEqual(['check']);
    expect(on).toEqual({ pull_request: null, push: { branches: ['main'] } });
  });

  test('rights are as few as can be, actions stand by their commit', () => {
    for (const of of [facts, nested, nowhere]) {
      const workflow = github(of);
      expect(workflow.permissions).toEqual({ contents: 'read' });
      for (const job of Object.values(workflow.jobs)) {
        expect(job['timeout-minutes']).toBeGreaterThan(0);
        for (const step of job.steps) {
          if (step.uses !== undefined) expect(step.uses).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
          if (step.uses?.includes('checkout')) expect(step.with?.['persist-credentials']).toBe(false);
        }
      }
    }
    expect(github(facts).jobs['staging']?.permissions).toBeUndefined();
    expect(github(nested).jobs['deploy']?.permissions).toEqual({ contents: 'read', packages: 'write' });
  });

  test('no expression stands in a script, and pull requests see no secret', () => {
    for (const of of [facts, nested, nowhere]) {
      const { jobs } = github(of);
      for (const { steps } of Object.values(jobs))
        for (const step of steps) expect(step.run ?? '').not.toContain('${{');
      expect(JSON.stringify(jobs['check'])).not.toContain('secrets.');
    }
    expect(github(facts).jobs['production']?.steps.find(({ name }) => name === 'Ship')?.env).toEqual({
      DATABASE_URL: '${{ secrets.DATABASE_URL }}',
    });
  });

  test('the tests run once, each platform is built', () => {
    expect(github(facts).jobs['check']?.strategy?.matrix.include).toEqual([
      { platform: 'linux/amd64', skip: 'hosts,push,deploy,verify' },
      { platform: 'linux/arm64', skip: 'tests,hosts,push,deploy,verify' },
    ]);
  });

  test('a project below the root is shipped from its directory', () => {
    const { defaults, jobs } = github(nested);
    expect(defaults.run['working-directory']).toBe('services/api');
    const uploads = jobs['deploy']?.steps.filter(({ uses }) => uses?.includes('upload'));
    expect(uploads?.[0]?.with?.['path']).toBe('services/api/coracle-ship.xml');
  });
});

describe('GitLab', () => {
  test('each trigger has its job, and a second deploy waits', () => {
    const all = gitlab(facts);
    expect(all['check']).toMatchObject({
      stage: 'check',
      rules: [{ if: "$CI_PIPELINE_SOURCE == 'merge_request_event'" }],
      parallel: { matrix: [{ PLATFORM: 'linux/amd64' }, { PLATFORM: 'linux/arm64' }] },
    });
    expect(all['staging']).toMatchObject({
      rules: [{ if: "$CI_COMMIT_BRANCH == 'main'" }],
      resource_group: 'staging',
      interruptible: false,
      environment: { name: 'staging' },
    });
    expect(all['production']).toMatchObject({ rules: [{ if: '$CI_COMMIT_TAG =~ /^v/' }] });
    expect(all['.coracle']).toMatchObject({
      cache: { key: { files: ['coracle.lock', 'go.sum'] }, paths: ['.coracle-home'] },
      artifacts: { reports: { junit: 'coracle-ship.xml', codequality: 'coracle-quality.json' } },
    });
  });

  test('every line of a script is text, with its variables in quotes', () => {
    for (const of of [facts, nested, nowhere]) {
      for (const job of Object.values(gitlab(of))) {
        const lines: unknown[] = [job['script'] ?? [], job['before_script'] ?? []].flat();
        for (const line of lines) {
          if (typeof line !== 'string') expect.fail(`${JSON.stringify(line)} is no text`);
          expect(line.replaceAll(/"[^"]*"/g, '')).not.toMatch(/\$[A-Z]/);
        }
      }
    }
  });
});

/** Scripts of both, by what they are for. */
function scriptsOf(of: CiFacts): string[] {
  const github_ = Object.values(github(of).jobs).flatMap(({ steps }) =>
    steps.flatMap((step) => step.run ?? []),
  );
  const gitlab_ = Object.values(gitlab(of)).flatMap((job) => {
    const lines = Array.isArray(job['script']) ? job['script'] : [];
    return lines.length === 0 ? [] : [lines.join('\n')];
  });
  return [...github_, ...gitlab_];
}

describe('scripts', () => {
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'coracle-ci-'));
  });
  afterAll(async () => rm(home, { recursive: true, force: true }));

  test('flags and stages that they name are there', () => {
    const flags = new Set<string>(shipFlags.map(({ name }) => name));
    const stages = new Set<string>(stageNames);
    const lines = [facts, nested, nowhere].flatMap(scriptsOf).flatMap((script) => script.split('\n'));
    const ships = lines.filter((line) => line.startsWith('coracle ship'));
    expect(ships.length).toBeGreaterThan(8);
    for (const line of ships)
      for (const [, name = ''] of line.matchAll(/--([a-z-]+)/g)) expect(flags).toContain(name);
    for (const { skip = '' } of github(facts).jobs['check']?.strategy?.matrix.include ?? [])
      for (const name of skip.split(',')) expect(stages).toContain(name);
  });

  test('the shell reads them', async () => {
    for (const script of [facts, nested].flatMap(scriptsOf)) await run('bash', ['-n', '-c', script]);
  });

  test('keys come into an agent, known hosts into their file, and nothing of the key into any other', async () => {
    const [key, runner] = [path.join(home, 'key'), path.join(home, 'github-env')];
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ci', '-f', key]);
    await writeFile(runner, '');
    const steps = github(facts).jobs['production']?.steps ?? [];
    const script = steps.find(({ name }) => name === 'Keys')?.run ?? '';
    const forget = steps.find(({ name }) => name === 'Forget the key');
    expect(forget?.if).toBe('always()');
    const secret = await readFile(key, 'utf8');
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      GITHUB_ENV: runner,
      SSH_PRIVATE_KEY: secret.replaceAll('\n', '\r\n'),
      SSH_KNOWN_HOSTS: 'web1.example.com ssh-ed25519 AAAA',
    };
    // As `shell: bash` runs a step.
    const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c'];
    await run('bash', [...shell, script], { env });
    const lines = (await readFile(runner, 'utf8')).trim().split('\n');
    const later = Object.fromEntries(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1),
      ]),
    );
    try {
      const { stdout } = await run('ssh-add', ['-l'], { env: { ...env, ...later } });
      expect(stdout).toContain('ED25519');
      expect(await readFile(path.join(home, '.ssh/known_hosts'), 'utf8')).toBe(`${env.SSH_KNOWN_HOSTS}\n`);
      expect(await readdir(path.join(home, '.ssh'))).toEqual(['known_hosts']);
      expect(Object.keys(later)).toEqual(['SSH_AUTH_SOCK', 'SSH_AGENT_PID']);
      expect((await stat(path.join(home, '.ssh'))).mode & 0o777).toBe(0o700);
    } finally {
      await run('bash', [...shell, forget?.run ?? ''], { env: { ...env, ...later } });
    }
    await expect(run('ssh-add', ['-l'], { env: { ...env, ...later } })).rejects.toThrow(/agent/);
    await expect(run('bash', [...shell, script], { env: { ...env, SSH_PRIVATE_KEY: '' } })).rejects.toThrow(
      /SSH_PRIVATE_KEY/,
    );
  });
});

describe('coracle ci init', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'coracle-ci-'));
    await mkdir(path.join(root, '.git'));
    await mkdir(path.join(root, 'api'));
    await writeFile(
      path.join(root, 'api/coracle.yaml'),
      `image: registry.example.com/team/api
deploy:
  hosts: [web1]
  secrets: {TOKEN: {env: API_TOKEN}, PLAIN: {}, OTHER: {file: x}}
environments:
  demo: {}
  production: {platforms: [linux/arm64]}
  staging: {}
`,
    );
  });
  afterAll(async () => rm(root, { recursive: true, force: true }));

  test('reads the project, writes below the root of the repository, and never over what is there', async () => {
    const ctx = testCtx({ cwd: path.join(root, 'api') });
    const options = { branch: 'main', force: false };
    const { file, facts: found } = await ciInit(ctx, 'github', options);
    expect(file).toBe(path.join(root, '.github/workflows/coracle.yml'));
    expect(found).toMatchObject({
      directory: 'api',
      check: 'staging',
      others: ['demo'],
      registry: 'registry.example.com',
      secrets: ['API_TOKEN', 'PLAIN'],
    });
    expect(await readFile(file, 'utf8')).toBe(githubWorkflow(found));
    await expect(ciInit(ctx, 'github', options)).rejects.toMatchObject({ code: 'USAGE' });
    await ciInit(ctx, 'github', { ...options, force: true });
    expect((await ciInit(ctx, 'gitlab', options)).file).toBe(path.join(root, '.gitlab-ci.yml'));
  });

  test('what a shell or YAML would read as more than a word is refused', () => {
    const place = { directory: '.', branch: 'main', version: '0.1.0' };
    for (const bad of ['a b', "a'b", '$(id)', 'a\nb', '../x', '-x', 'a;b', '${{ x }}'])
      expect(() => factsOf([], { ...place, branch: bad })).toThrow(/not written into a pipeline/);
    expect(() => factsOf([], { ...place, directory: 'my projects' })).toThrow(/the directory/);
  });
});

test('docs/ci.md shows what the verb writes', async () => {
  const text = await readFile(path.join(import.meta.dirname, '../../docs/ci.md'), 'utf8');
  for (const [server, file] of [
    ['github', githubWorkflow(facts)],
    ['gitlab', gitlabPipeline(facts)],
  ] as const) {
    const shown = text.split(`<!-- coracle ci init ${server} -->\n`)[1]?.split('<!-- end -->')[0]?.trim();
    expect(shown, `what docs/ci.md shows for ${server}`).toBe(`\`\`\`yaml\n${file}\`\`\``);
  }
});
