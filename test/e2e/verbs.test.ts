/** The verbs besides build, as a user types them; each JSON document is held against its published schema. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { call, describeWith, findProgram, installed, tryCall } from '../components/program.ts';
import { account, hasRegistry, startRegistry } from '../components/registry.ts';
import type { TestRegistryOptions } from '../components/registry.ts';
import { containing } from '../support/containing.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracle, coracleOk, program, repository } from './coracle.ts';
import { failsWith, leftovers, tiny } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const home = path.join(root, 'home');
const env = { CORACLE_HOME: home, DOCKER_CONFIG: path.join(root, 'docker') };
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

/** Runs a verb for its document, which must be as docs/schemas says. */
async function document(args: readonly string[], schema: string): Promise<Record<string, unknown>> {
  const value = parseJson<Record<string, unknown>>(await coracleOk([...args, '--json'], { env }));
  expect(value['schema']).toBe(`coracle.${schema}/v1`);
  holdAgainst(schema, value);
  return value;
}

function holdAgainst(schema: string, value: unknown): void {
  const file = path.join(repository, 'docs', 'schemas', `${schema}.schema.json`);
  const valid =
    ajv.getSchema(schema) ??
    ajv.addSchema(parseJson<object>(readFileSync(file, 'utf8')), schema).getSchema(schema);
  if (!valid) throw new Error(`no ${file}`);
  expect(valid(value) || valid.errors).toBe(true);
}

const ok = async (...args: string[]): Promise<string> => coracleOk(args, { env });
const digestOf = async (source: string): Promise<string> => (await ok('inspect', '-q', source)).trim();

async function registry(options: TestRegistryOptions = {}): Promise<string> {
  const started = await startRegistry(options);
  onTestFinished(async () => started.stop());
  return started.host;
}

let one = '';
let index = '';

beforeAll(async () => {
  const source = tiny(path.join(root, 'source'));
  const built = await document(['build', source, '-t', 'team/one:1'], 'build');
  await ok('build', source, '-t', 'team/both:1', '--platform', 'linux/amd64,linux/arm64');
  expect(built['unchanged']).toBe(false);
  one = await digestOf('team/one:1');
  index = await digestOf('team/both:1');
  return remove;
});

describeWith([hasRegistry], 'push, pull and copy', () => {
  it('move only what is missing, between the store and registries', async () => {
    const host = await registry();
    const first = await document(['push', 'team/one:1', `${host}/team/one:1`], 'copy');
    expect(first).toMatchObject({ copied: 2, present: 0, descriptor: { digest: one } });
    // An index of which one image is there.
    const second = await document(['push', 'team/both:1', `${host}/team/one:both`], 'copy');
    expect(second['descriptor']).toMatchObject({ digest: index });
    expect(second['copied']).toBe(2);
    expect(await document(['push', 'team/both:1', `${host}/team/one:both`], 'copy')).toMatchObject({
      copied: 0,
      bytes: 0,
    });
    // Another repository of the same registry takes them over without their travelling.
    const copied = await document(['copy', `${host}/team/one:1`, `${host}/other/one:1`], 'copy');
    expect(copied).toMatchObject({ copied: 0, mounted: 2, bytes: 0 });
    const pulled = await document(['pull', `${host}/other/one:1`], 'copy');
    expect(pulled).toMatchObject({ copied: 0, descriptor: { digest: one } });
    expect(await digestOf(`store:${host}/other/one:1`)).toBe(one);
  });

  it('take an index whole, or one platform of it', async () => {
    const [from, to] = [await registry(), await registry()];
    await ok('push', 'team/both:1', `${from}/team/both:1`);
    await ok('copy', `${from}/team/both:1`, `${to}/team/both:1`);
    expect(await digestOf(`${to}/team/both:1`)).toBe(index);
    await ok('copy', '--platform', 'linux/arm64', `${from}/team/both:1`, `${to}/team/arm:1`);
    const arm = await document(['inspect', `${to}/team/arm:1`], 'inspect');
    expect(arm).toMatchObject({ kind: 'image', platform: 'linux/arm64' });
    const { stderr } = await coracle(['copy', '--platform', 'linux/s390x', `${from}/team/both:1`, 'x'], {
      env,
    });
    expect(stderr).toContain('linux/amd64, linux/arm64');
  });

  it('name what is not there', async () => {
    const host = await registry();
    for (const args of [
      ['pull', `${host}/team/none:1`],
      ['copy', `${host}/team/none:1`, 'team/x:1'],
      ['push', 'team/none:1', `${host}/team/none:1`],
      ['inspect', `oci:${root}/none`],
      ['inspect', `docker-archive:${root}/none.tar`],
    ]) {
      await failsWith('NOT_FOUND', args, { home });
      const exit = await coracle([...args, '--json'], { env });
      holdAgainst('error', parseJson(exit.stdout));
    }
    await failsWith('USAGE', ['push', 'team/one:1'].slice(0, 1), { home });
  });
});

describe('archives', () => {
  it('carry an image through every form and back, bytes unchanged', async () => {
    const out = tempDir();
    for (const to of [`oci:${out}/layout`, `oci:${out}/layout.tar`, `oci-archive:${out}/other.tar`]) {
      await ok('copy', 'team/one:1', to);
      expect(await document(['inspect', to], 'inspect')).toMatchObject({ descriptor: { digest: one } });
      await ok('copy', 'team/both:1', to.replace(/(layout|other)/, 'both-$1'));
      expect(await digestOf(to.replace(/(layout|other)/, 'both-$1'))).toBe(index);
    }
    await ok('copy', 'team/one:1', `docker-archive:${out}/docker.tar`);
    const shown = await document(['inspect', `docker-archive:${out}/docker.tar`], 'inspect');
    expect(shown).toMatchObject({ kind: 'image', platform: containing('linux/') });
    await ok('copy', `docker-archive:${out}/docker.tar`, 'team/back:1');
    await ok('copy', `oci:${out}/layout`, 'team/back:2');
    expect(await digestOf('team/back:2')).toBe(one);
    const { stderr } = await failsWith(
      'UNSUPPORTED',
      ['copy', 'team/both:1', `docker-archive:${out}/x.tar`],
      {
        home,
      },
    );
    expect(stderr).toContain('--platform');
    expect(existsSync(path.join(out, 'x.tar'))).toBe(false);
    // A layout that has it gets nothing written again.
    const blob = path.join(out, 'layout', 'blobs', one.replace(':', '/'));
    const before = statSync(blob).mtimeMs;
    await ok('copy', 'team/one:1', `oci:${out}/layout:again`);
    expect(statSync(blob).mtimeMs).toBe(before);
    expect(await digestOf(`oci:${out}/layout:again`)).toBe(one);
  });
});

describe('the store', () => {
  it('lists, names, shows and forgets images', async () => {
    expect(await document(['tag', 'team/one:1', 'team/other:2'], 'tag')).toMatchObject({ digest: one });
    const listed = await document(['images'], 'images');
    expect(listed['images']).toContainEqual(expect.objectContaining({ repository: 'team/other', tag: '2' }));
    expect(await ok('images')).toMatch(/team\/other +2 +linux\//);
    expect((await ok('images', '-q')).split('\n')).toContain(one);
    expect(await document(['inspect', 'team/both:1'], 'inspect')).toMatchObject({ kind: 'index' });
    expect(await digestOf(one.slice('sha256:'.length, 20))).toBe(one);
    const config = parseJson<{ config: { User: string } }>(await ok('inspect', '--config', 'team/one:1'));
    expect(config.config.User).toBe('65532:65532');
    const raw = await ok('inspect', '--raw', 'team/one:1');
    const { createHash } = await import('node:crypto');
    expect(`sha256:${createHash('sha256').update(raw).digest('hex')}`).toBe(one);
    await document(['rm', 'team/other:2'], 'rm');
    expect(await ok('images')).not.toContain('team/other');
    await failsWith('NOT_FOUND', ['rm', 'team/other:2'], { home });
    await failsWith('NOT_FOUND', ['tag', 'team/none:1', 'team/x:1'], { home });
    await failsWith('REFERENCE_INVALID', ['tag', 'team/one:1', 'not a name'], { home });
  });

  it('gives back what has no name, by age and by size, and tells beforehand', async () => {
    const blobs = (): string[] => readdirSync(path.join(home, 'store', 'blobs', 'sha256'));
    await ok('build', tiny(tempDir(), 'to be pruned'), '-t', 'team/gone:1');
    const gone = (await digestOf('team/gone:1')).slice('sha256:'.length);
    await ok('rm', 'team/gone:1');
    // Too new for the ordinary prune.
    expect(await document(['prune', '--older-than', '1h'], 'prune')).toMatchObject({ dryRun: false });
    expect(blobs()).toContain(gone);
    const dry = await document(['prune', '--all', '--dry-run'], 'prune');
    expect(dry['bytes']).toBeGreaterThan(100_000);
    expect(blobs()).toContain(gone);
    const done = await document(['prune', '--all'], 'prune');
    expect(done['bytes']).toBeGreaterThan(100_000);
    expect(blobs()).not.toContain(gone);
    await document(['prune', '--keep-storage', '1MB'], 'prune');
    for (const name of ['team/one:1', 'team/both:1']) await ok('copy', name, `oci:${tempDir()}/whole`);
    await failsWith('USAGE', ['prune', '--older-than', 'soon'], { home });
  });
});

describeWith([hasRegistry], 'login and logout', () => {
  it('open and close a registry that asks for a password', async () => {
    const host = await registry({ auth: true });
    const push = ['push', 'team/one:1', `${host}/team/one:1`];
    const anonymous = await coracle(push, { env });
    expect(`${anonymous.code} ${anonymous.stderr}`).toMatch(/^3 [^]*REGISTRY_AUTH[^]*coracle login/);
    const login = async (password: string, ...more: string[]) =>
      tryCall([program, 'login', '-u', account.username, '--password-stdin', host, ...more], {
        env,
        input: `${password}\n`,
      });
    const wrong = await login('wrong password');
    expect(`${wrong.code} ${wrong.stderr}`).toMatch(/^3 [^]*REGISTRY_AUTH/);
    expect(existsSync(path.join(root, 'docker', 'config.json'))).toBe(false);
    const right = await login(account.password, '--json');
    holdAgainst('login', parseJson(right.stdout));
    expect(`${right.stdout}${right.stderr}`).not.toContain(account.password);
    expect(statSync(path.join(root, 'docker', 'config.json')).mode & 0o077).toBe(0);
    await ok(...push);
    const out = await document(['logout', host], 'logout');
    expect(out['forgot']).toHaveLength(1);
    expect((await coracle(push, { env })).code).toBe(3);
  });
});

describe('toolchain', () => {
  it('lists, prints and runs', async () => {
    await document(['toolchain', 'list'], 'toolchains');
    const list = await ok('toolchain', 'list', '--json');
    const [first] = parseJson<{ toolchains: { version: string }[] }>(list).toolchains;
    if (!first) return expect(await ok('toolchain', 'list')).not.toContain('go');
    const { version } = first;
    const values = await document(['toolchain', 'env', version], 'toolchain-env');
    expect(existsSync(String(values['GOROOT']))).toBe(true);
    const lines = await ok('toolchain', 'env', version);
    const shell = await call(['sh', '-c', `${lines}\ngo version`], { env: { PATH: '/usr/bin:/bin' } });
    expect(shell.stdout).toContain(`go${version}`);
    expect(await ok('toolchain', 'exec', version, '--', 'go', 'env', 'GOROOT')).toContain(values['GOROOT']);
    const exit = await coracle(['toolchain', 'exec', version, '--', 'sh', '-c', 'exit 7'], { env });
    expect(exit.code).toBe(7);
    await document(['toolchain', 'install', version], 'toolchain');
    await failsWith('NOT_FOUND', ['toolchain', 'remove', '1.99.9'], { home });
  });
});

describe('what the program says of itself', () => {
  it('doctor, version', async () => {
    const found = await coracle(['doctor', '--json'], { env });
    expect([0, 1]).toContain(found.code);
    holdAgainst('doctor', parseJson(found.stdout));
    const { version } = await document(['version'], 'version');
    expect(await ok('version', '-q')).toBe(`${String(version)}\n`);
    expect(await ok('--version')).toContain(String(version));
    expect(leftovers(home)).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('completion for %s, which the shell reads', async (shell) => {
    const script = await ok('completion', shell);
    expect(script).toContain('coracle');
    if (installed(shell)() !== undefined) return;
    const checked = await tryCall([findProgram(shell) ?? shell, '-n'], { input: script });
    expect(`${checked.code} ${checked.stderr}`).toBe('0 ');
  });

  it('a wrong verb or flag', async () => {
    const { stderr } = await failsWith('USAGE', ['biuld'], { home });
    expect(stderr).toContain('build');
    await failsWith('USAGE', ['build', '--pussh'], { home });
  });
});
