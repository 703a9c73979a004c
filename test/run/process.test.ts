import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { envFile, variables } from '../../src/run/env.ts';
import { processOf } from '../../src/run/process.ts';
import { passing, signalOf } from '../../src/run/signals.ts';
import { bindVolume } from '../../src/run/volumes.ts';
import { defaultPath } from '../../src/solve/exec/environment.ts';
import { containing } from '../support/containing.ts';
import { tempDir } from '../support/ctx.ts';
import { request } from './request.ts';

const found = {
  user: { uid: 0, gid: 0, groups: [], home: '/root' },
  hostname: 'abc',
  variables: ['A=ours'],
  mounts: [],
};
const config = { Entrypoint: ['/app'], Cmd: ['serve'], Env: ['A=image', 'B=image'], WorkingDir: '/srv' };

test("entry point and command are the image's, unless something stands in their place", () => {
  const argv = (over: object, args: readonly string[] = []): readonly string[] =>
    processOf(config, { ...request, ...over }, args, found).argv;
  expect(argv({})).toEqual(['/app', 'serve']);
  expect(argv({}, ['migrate', '-v'])).toEqual(['/app', 'migrate', '-v']);
  expect(argv({ entrypoint: '/bin/sh' })).toEqual(['/bin/sh']);
  expect(argv({ entrypoint: '/bin/sh' }, ['-l'])).toEqual(['/bin/sh', '-l']);
  expect(argv({ entrypoint: '' }, ['/x'])).toEqual(['/x']);
  expect(() => argv({ entrypoint: '' })).toThrow('does not say what to run');
});

test("variables: the machine's, the image's, ours; the later counts", () => {
  const { env, cwd } = processOf(config, { ...request, tty: true }, [], found);
  expect(env).toEqual([
    'HOSTNAME=abc',
    'TERM=xterm',
    'A=ours',
    'B=image',
    `PATH=${defaultPath}`,
    'HOME=/root',
  ]);
  expect(cwd).toBe('/srv');
});

test('env files: comments, empty lines and names alone', async () => {
  const text = '\uFEFF# comment\n\nA=1 # kept\r\n  B="x"\nHERE\nGONE\n';
  expect(envFile(text, 'file', { HERE: 'h' })).toEqual(['A=1 # kept', 'B="x"', 'HERE=h']);
  expect(() => envFile('A=1\nno name=1\n', 'my.env', {})).toThrow('my.env, line 2');
  const cwd = tempDir();
  await fs.writeFile(path.join(cwd, 'f'), 'A=file');
  expect(await variables(['f'], ['A=flag', 'X'], { env: { X: '1' }, cwd })).toEqual([
    'A=file',
    'A=flag',
    'X=1',
  ]);
  await expect(variables(['none'], [], { env: {}, cwd })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});

test('volumes: directories of this machine, never names', async () => {
  const cwd = tempDir();
  await fs.mkdir(path.join(cwd, 'data'));
  expect(await bindVolume('./data:/in:ro,z', cwd)).toMatchObject({
    source: path.join(cwd, 'data'),
    target: '/in',
    readOnly: true,
  });
  await expect(bindVolume('data:/in', cwd)).rejects.toMatchObject({
    code: 'USAGE',
    hint: containing('./data:/in'),
  });
  await expect(bindVolume('./none:/in', cwd)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(bindVolume('./data:/in:or', cwd)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(bindVolume('./data', cwd)).rejects.toMatchObject({ code: 'USAGE' });
});

test("a request to stop is the image's stop signal; what heeds no interrupt is killed by the third", () => {
  const sent: string[] = [];
  const signals = passing((name) => sent.push(name), { stopSignal: 'SIGQUIT', stopTimeout: 1000 });
  for (const name of ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGINT', 'SIGINT'] as const) signals.pass(name);
  signals.end();
  expect(sent).toEqual(['SIGUSR1', 'SIGINT', 'SIGQUIT', 'SIGINT', 'SIGKILL']);
});

test('a program that does not stop when it is asked to is killed', async () => {
  const killed = Promise.withResolvers<string>();
  const signals = passing(
    (name) => {
      if (name !== 'SIGTERM') killed.resolve(name);
    },
    { stopTimeout: 0 },
  );
  signals.pass('SIGTERM');
  expect(await killed.promise).toBe('SIGKILL');
  signals.end();
});

test.each([
  ['SIGQUIT', 'SIGQUIT'],
  ['quit', 'SIGQUIT'],
  ['3', 'SIGQUIT'],
  [undefined, 'SIGTERM'],
  ['nonsense', 'SIGTERM'],
])('STOPSIGNAL %s', (text, name) => {
  expect(signalOf(text)).toBe(name);
});
