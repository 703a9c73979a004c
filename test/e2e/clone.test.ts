/** The README's first command in a fresh clone: an empty HOME, the machine's own Node, as root and as an ordinary user. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { call, describeWith, findProgram, installed, isRoot, tryCall } from '../components/program.ts';
import type { Probe } from '../components/program.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { git, repository } from './coracle.ts';

const { directory: root, remove } = sharedTempDir();
const origin = path.join(root, 'origin');
afterAll(remove);

/** What a fresh machine has: a way to its programs, and where its certificates and proxies are. */
const passedOn =
  /^(PATH|LANG|TMPDIR|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|GO(PROXY|NOPROXY|SUMDB|NOSUMDB|PRIVATE)|npm_config_registry)$/;
const bare = Object.fromEntries(
  Object.entries(process.env).map(([name, value]) => [name, passedOn.test(name) ? value : undefined]),
);

/** An ordinary user that every system has. */
const nobody = 65534;

/** The whole run builds the example as both users; else the second builds a program that needs less of the compiler. */
const whole = process.env['CORACLE_TEST_FULL'] === '1';

/** Milliseconds that end what hangs: with an empty HOME every module is fetched and compiled, the standard library too. */
const cold = 1_800_000;

const hasNpm: Probe = () => installed('npm')();

beforeAll(async () => {
  // What would be committed now, so that the test judges the tree it runs in.
  const files = await git(
    repository,
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  );
  const present = new Set(files.split('\0').filter((file) => file !== ''));
  for (const file of present) {
    mkdirSync(path.dirname(path.join(origin, file)), { recursive: true });
    try {
      copyFileSync(path.join(repository, file), path.join(origin, file));
    } catch {
      // deleted in the working tree
    }
  }
  await git(origin, 'init', '--quiet', '--initial-branch=main');
  await git(origin, 'add', '--all');
  await git(origin, 'commit', '--quiet', '--message=the tree as it is');
});

interface Machine {
  readonly clone: string;
  readonly home: string;
  readonly sh: (...argv: readonly [string, ...string[]]) => Promise<Exit>;
}

/** A clone and an empty HOME that belong to `uid`, and a way to run programs there as that user. */
async function machine(name: string, uid?: number): Promise<Machine> {
  const top = path.join(root, name);
  const home = path.join(top, 'home');
  mkdirSync(home, { recursive: true });
  const clone = path.join(top, 'coracle');
  await git(top, 'clone', '--quiet', origin, clone);
  const prefix: string[] = [];
  if (uid !== undefined) {
    await call(['chown', '-R', `${uid}:${uid}`, top]);
    prefix.push(
      findProgram('setpriv') ?? 'setpriv',
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      '--inh-caps=-all',
    );
  }
  const sh = async (...argv: readonly [string, ...string[]]): Promise<Exit> => {
    const [first, ...rest] = [...prefix, ...argv];
    return tryCall([first ?? '', ...rest], { cwd: top, env: { ...bare, HOME: home } });
  };
  return { clone, home, sh };
}

async function firstCommandWorks({ clone, home, sh }: Machine, source: string): Promise<void> {
  const first = await sh(path.join(clone, 'coracle'), 'build', source);
  if (first.code !== 0) throw new Error(`exit ${first.code}\n${first.stdout}${first.stderr}`);
  expect(first.stdout).toMatch(/sha256:[0-9a-f]{64}/);
  expect(first.stdout).toMatch(/ MB/);

  // Quiet from the second run on: nothing is installed, nothing is built.
  const second = await sh(path.join(clone, 'coracle'), 'version');
  expect(second).toMatchObject({ code: 0, stderr: '' });
  const digest = /sha256:[0-9a-f]{64}/.exec(first.stdout)?.[0] ?? '';
  const again = await sh(path.join(clone, 'coracle'), 'build', source);
  expect(again.stdout).toContain(digest);

  // The clone is as clean as before, and HOME holds only what the program may keep there.
  expect((await sh('git', '-C', clone, 'status', '--porcelain')).stdout).toBe('');
  expect(readdirSync(home).filter((name) => !['.cache', '.npm', 'go', '.config'].includes(name))).toEqual([]);
}

function example({ clone }: Machine): string {
  return path.join(clone, 'examples/gin-api');
}

/** A program of the ordinary user's. */
async function small(): Promise<string> {
  const source = path.join(root, 'small');
  mkdirSync(source);
  const [version = 'go 1.24'] =
    /^go .*/m.exec(readFileSync(path.join(repository, 'examples/gin-api/go.mod'), 'utf8')) ?? [];
  writeFileSync(path.join(source, 'go.mod'), `module example.com/small\n\n${version}\n`);
  writeFileSync(path.join(source, 'main.go'), 'package main\n\nfunc main() { println("small") }\n');
  await call(['chown', '-R', `${nobody}:${nobody}`, source]);
  return source;
}

describeWith([hasNpm, installed('git')], 'a fresh clone', () => {
  it('builds the example as the user at hand', { timeout: cold }, async () => {
    expect.hasAssertions();
    const mine = await machine('mine');
    await firstCommandWorks(mine, example(mine));
  });
});

describeWith(
  [hasNpm, installed('git'), installed('setpriv'), isRoot],
  'a fresh clone of an ordinary user',
  () => {
    beforeAll(async () => {
      // The way to the clone must be open to others.
      await tryCall(['chmod', '755', root]);
    });

    it('builds a program', { timeout: cold }, async () => {
      expect.hasAssertions();
      const theirs = await machine('theirs', nobody);
      await firstCommandWorks(theirs, whole ? example(theirs) : await small());
    });
  },
);
