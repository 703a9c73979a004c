import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { version } from '../../src/core/version.ts';
import { tempDir } from '../support/ctx.ts';
import { cleanEnv, coracle } from './run.ts';
import { containing } from '../support/containing.ts';
import { parseJson } from '../support/json.ts';

test('the version is that of the package', () => {
  expect(version).toBe(packageJson.version);
});

describe('the command line', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j prints the verbs on stdout', async (args) => {
    const exit = await coracle(args);
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expect(exit.stdout).toContain('build ');
    expect(exit.stdout).toContain('coracle VERB --help');
  });

  test.each([[['--version']], [['-v']], [['version']]])('%j prints the version', async (args) => {
    expect(await coracle(args)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: containing(`coracle ${version} `),
    });
  });

  test.each([[['build', '--help']], [['help', 'build']], [['--help', 'build']]])(
    '%j prints the help of build',
    async (args) => {
      const exit = await coracle(args);
      expect(exit).toMatchObject({ code: 0, stderr: '' });
      expect(exit.stdout).toContain('Usage: coracle build [flags] [WHAT]');
    },
  );

  test('a family without a member prints its help, a member its own', async () => {
    expect((await coracle(['toolchain'])).stdout).toContain('coracle toolchain VERB');
    expect((await coracle(['toolchain', 'env', '--help'])).stdout).toContain('Usage: coracle toolchain env');
  });

  test.each([
    [['biuld'], 'coracle has no verb "biuld"', 'Did you mean coracle build?'],
    [['toolchain', 'lst'], 'coracle toolchain has no verb "lst"', 'Did you mean coracle toolchain list?'],
    [['help', 'nonsense'], 'coracle has no verb "nonsense"', 'lists them'],
    [['--nonsense'], 'coracle has no flag --nonsense', '--help'],
    [['images', '--jsn'], 'coracle images has no flag --jsn', 'Did you mean --json?'],
    [['copy', 'a'], 'coracle copy needs DST', 'Usage: coracle copy'],
    [['build', '-f', 'Dockerfile', '--ldflags', '-X a=b'], '--ldflags is for Go builds', '--frontend go'],
    [['build', '--build-arg', 'A=1'], '--build-arg is for Dockerfiles', '--file'],
    [['login', '-p', 'secret'], 'a password on the command line', '--password-stdin'],
  ])('%j ends with 2 and says what to do', async (args, message, hint) => {
    const exit = await coracle(args);
    expect(exit).toMatchObject({ code: 2, stdout: '' });
    expect(exit.stderr).toContain(`error: ${message}`);
    expect(exit.stderr).toContain(hint);
    expect(exit.stderr).not.toContain('secret');
    expect(exit.stderr).not.toContain('    at ');
  });

  test('an error is also a document with --json, and has a stack with --debug', async () => {
    const exit = await coracle(['rm', 'nothere', '--json', '--debug']);
    expect(exit.code).toBe(3);
    expect(parseJson<{ findings: { name: string; state: string }[] }>(exit.stdout)).toMatchObject({
      schema: 'coracle.error/v1',
      error: { code: 'NOT_FOUND' },
    });
    expect(exit.stderr).toContain('    at ');
  });

  test('colours come and go as the environment says', async () => {
    const env = cleanEnv(tempDir());
    const color = async (more: Record<string, string>) =>
      (await coracle(['nonsense'], { env: { ...env, ...more } })).stderr.includes('\u001B[');
    expect(await color({})).toBe(false);
    expect(await color({ FORCE_COLOR: '1' })).toBe(true);
    expect(await color({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });

  test('a home that cannot be written is named', async () => {
    const exit = await coracle(['doctor', '--json'], {
      env: cleanEnv(tempDir(), { CORACLE_HOME: '/dev/null/home' }),
    });
    expect(exit.code).toBe(1);
    const { findings } = parseJson<{ findings: { name: string; state: string }[] }>(exit.stdout);
    expect(findings).toContainEqual(expect.objectContaining({ name: 'home', state: 'problem' }));
  });
});

test('a reader that goes away is no error', async () => {
  const { run } = await import('../../src/core/exec.ts');
  const { main } = await import('./run.ts');
  const line = `set -o pipefail; "${process.execPath}" "${main}" build --help | head -1`;
  const exit = await run(
    { argv: ['bash', '-c', line], env: cleanEnv(tempDir()) },
    new AbortController().signal,
  );
  expect(exit).toMatchObject({ code: 0, stderr: '' });
});

test('start-up loads neither HTTP nor YAML nor child processes', async () => {
  const { run } = await import('../../src/core/exec.ts');
  const script = `
    process.argv.splice(1, Infinity, 'coracle', 'version');
    process.on('exit', () => console.error(process.moduleLoadList.filter((name) => /NativeModule (http|https|child_process|zlib)$/.test(name)).join()));
    await import(${JSON.stringify((await import('./run.ts')).main)});
  `;
  const exit = await run(
    { argv: [process.execPath, '--input-type=module', '-e', script], env: cleanEnv(tempDir()) },
    new AbortController().signal,
  );
  expect(exit.stdout).toContain('coracle ');
  expect(exit.stderr.trim()).toBe('');
});
