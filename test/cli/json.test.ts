import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { run as exec, type Exit } from '../../src/core/exec.ts';
import { configSchema } from '../../src/config/schema.ts';
import { documentForms } from '../../src/render/schemas.ts';
import { fillStore } from '../images/store.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { cleanEnv, coracle, main } from './run.ts';
import { parseJson } from '../support/json.ts';

const schemas = path.join(import.meta.dirname, '../../docs/schemas');
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

function fits(exit: Exit): unknown {
  const document = parseJson<{ schema: string }>(exit.stdout);
  const name = /^coracle\.([a-z-]+)\/v1$/.exec(document.schema)?.[1] ?? '';
  const schema = parseJson<object>(readFileSync(path.join(schemas, `${name}.schema.json`), 'utf8'));
  const valid = ajv.compile(schema);
  valid(document);
  expect(valid.errors).toBeNull();
  tried.add(name);
  return document;
}
const tried = new Set<string>();

test.each(readdirSync(schemas))('docs/schemas/%s is a JSON Schema', (name) => {
  expect(() =>
    new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      parseJson<Record<string, string>>(readFileSync(path.join(schemas, name), 'utf8')) as object,
    ),
  ).not.toThrow();
});

test('an editor that knows the schema takes the example that Coracle takes', () => {
  const valid = ajv.compile(configSchema);
  const example: unknown = parseYaml(
    readFileSync(path.join(schemas, '../../examples/gin-api/coracle.yaml'), 'utf8'),
  );
  valid(example);
  expect(valid.errors).toBeNull();
  expect(valid({ prots: [] })).toBe(false);
});

describe('documents of --json', () => {
  test('of the image verbs fit their schemas', async () => {
    const home = tempDir();
    const env = cleanEnv(home);
    await fillStore(testCtx({ home: path.join(home, 'coracle') }));
    const run = async (...args: string[]): Promise<Exit> => coracle([...args, '--json'], { env, cwd: home });
    fits(await run('images'));
    fits(await run('inspect', 'one:1'));
    fits(await run('inspect', 'both'));
    fits(await run('tag', 'one:1', 'two'));
    fits(await run('copy', 'both', 'oci:layout'));
    fits(await run('rm', 'two'));
    fits(await run('prune', '--dry-run', '--all'));
    fits(await run('logout', 'registry.example.com'));
    const project = path.join(home, 'project');
    mkdirSync(project);
    writeFileSync(
      path.join(project, 'coracle.yaml'),
      'name: api\ndeploy: {hosts: [web1], secrets: [TOKEN]}\nenvironments: {production: {}}\n',
    );
    writeFileSync(
      path.join(project, 'compose.yaml'),
      'services: {web: {build: ., links: [db]}, db: {image: "postgres:16"}}\n',
    );
    const there = async (...args: string[]): Promise<Exit> =>
      coracle([...args, '--json'], { env, cwd: project });
    fits(await there('config', 'production'));
    fits(await there('compose', 'export', 'production'));
    fits(await there('compose', 'import'));
    fits(await run('version'));
    fits(await run('doctor'));
    fits(await run('toolchain', 'list'));
    expect(fits(await run('inspect', 'oci:nothere'))).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(fits(await run('nonsense'))).toMatchObject({ error: { code: 'USAGE' } });
  });

  test('of a build, and of one that found nothing changed, fit their schema; nothing else is on stdout', async (context) => {
    const home = tempDir();
    const project = path.join(home, 'hello');
    mkdirSync(project);
    writeFileSync(path.join(project, 'go.mod'), 'module example.com/hello\n\ngo 1.21.0\n');
    writeFileSync(path.join(project, 'main.go'), 'package main\n\nfunc main() { println("hello") }\n');
    const version = /go(\d+\.\d+\.\d+)/.exec((await coracle(['doctor', '--json'])).stdout)?.[1];
    context.skip(version === undefined, 'there is no Go on this machine');
    writeFileSync(path.join(project, 'coracle.yaml'), `image: team/hello:1\ngo: {version: ${version}}\n`);
    const env = cleanEnv(home, { GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' });
    const run = async (...args: string[]): Promise<Exit> =>
      coracle(['build', project, ...args], { env, cwd: home });
    const first = await run('--json', '--metadata-file', 'meta.json', '--iidfile', 'iid');
    expect(first.stderr).toContain('#1 ');
    expect(fits(first)).toMatchObject({
      unchanged: false,
      images: [{ program: 'hello', references: ['docker.io/team/hello:1'] }],
    });
    const image = async (...args: string[]): Promise<Exit> =>
      coracle([...args, '--json'], { env, cwd: home });
    expect(fits(await image('explain', 'team/hello:1'))).toMatchObject({ kind: 'image', fileCount: 1 });
    expect(fits(await image('diff', 'team/hello:1', 'team/hello:1'))).toMatchObject({ causes: [] });
    const taken = fits(await image('explain', 'team/hello:1', '--extract', '/app/hello=taken'));
    expect(taken).toMatchObject({ written: [{ path: '/app/hello', dest: 'taken', entries: 1 }] });
    // A file that was written just before it was read proves nothing by its times: the next build looks again.
    await run();
    expect(
      fits(await run('--json', '--progress', 'quiet', '--metadata-file', 'meta.json', '--iidfile', 'iid')),
    ).toMatchObject({ unchanged: true });
    const meta = parseJson<Record<string, string>>(readFileSync(path.join(home, 'meta.json'), 'utf8'));
    const iid = readFileSync(path.join(home, 'iid'), 'utf8');
    expect(iid).toBe(meta['containerimage.config.digest']);
    expect((await run('-q')).stdout).toBe(`${iid}\n`);
    const line = `set -o pipefail; "${process.execPath}" "${main}" build hello -q -o type=oci,dest=- | head -c 10 | wc -c`;
    const cutOff = await exec({ argv: ['bash', '-c', line], env, cwd: home }, new AbortController().signal);
    expect(cutOff).toMatchObject({ stdout: '10\n', stderr: '' });
    const human = await run();
    expect(human.stdout).toContain('nothing changed in');
    expect(human.stderr).toBe('');
  });

  test('events of --progress json are one JSON object a line', async () => {
    const home = tempDir();
    const env = cleanEnv(home);
    await fillStore(testCtx({ home: path.join(home, 'coracle') }));
    const exit = await coracle(['copy', 'both', 'oci:layout', '--progress', 'json'], { env, cwd: home });
    const events = exit.stderr
      .trim()
      .split('\n')
      .map((line) => parseJson<{ kind: string }>(line));
    expect(events[0]).toMatchObject({ kind: 'step', state: 'started' });
    expect(events.at(-1)).toMatchObject({ kind: 'step', state: 'done' });
  });
});

const ofHosts = new Set([
  ...['deploy', 'rollback', 'status', 'history', 'log-line', 'failed-release', 'stats'],
  ...['setup', 'down', 'prune-hosts', 'ship', 'ci-init'],
]);

test('most documents were tried', () => {
  const rest = Object.keys(documentForms).filter((name) => !tried.has(name));
  // login, --why, bases, comparing, hosts and the fetching of toolchains have tests of their own; lock needs a project.
  expect(
    rest.filter(
      (name) =>
        !/^(?:base-|compare)/.test(name) &&
        !ofHosts.has(name) &&
        !['login', 'toolchain', 'toolchain-env', 'removed', 'lock', 'why'].includes(name),
    ),
  ).toEqual([]);
});
