import { expect, test } from 'vitest';
import { defaultPath, environment } from '../../../src/solve/exec/environment.ts';
import { commandOf, runFailed } from '../../../src/solve/exec/failure.ts';
import { hostsText, networkFiles } from '../../../src/solve/exec/hosts.ts';
import { tail } from '../../../src/solve/exec/tail.ts';
import { containing } from '../../support/containing.ts';

test('a process has a PATH and a HOME; the later of two values counts', () => {
  expect(environment([], '/root')).toEqual([`PATH=${defaultPath}`, 'HOME=/root']);
  expect(environment(['A=1', 'PATH=/x', 'HOME=/srv', 'A=2=3', 'B='], '/root')).toEqual([
    'A=2=3',
    'PATH=/x',
    'HOME=/srv',
    'B=',
  ]);
  expect(environment(['HOME='], '/home/app')).toContain('HOME=/home/app');
  expect(environment(['PATH='], '/')).toContain('PATH=');
});

test('/etc/hosts knows the host name and what was added', () => {
  expect(hostsText('buildkitsandbox', [{ name: 'db', address: '10.0.0.7' }])).toBe(
    '127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.7\tdb\n',
  );
});

test('without a network there is no resolver', async () => {
  const [, resolver] = await networkFiles({ hostname: 'x', addHosts: [], network: 'none' });
  expect(resolver).toMatchObject({ target: '/etc/resolv.conf', bytes: new Uint8Array() });
});

test('the last twenty lines stay, also when they come in pieces, and no line without end', () => {
  const last = tail();
  for (let line = 0; line < 100; line++) {
    last.add(`line `);
    last.add(`${line}\n`);
  }
  last.add('the end');
  const lines = last.text().split('\n');
  expect(lines).toHaveLength(20);
  expect([lines[0], lines.at(-1)]).toEqual(['line 81', 'the end']);
  const long = tail();
  for (let part = 0; part < 1000; part++) long.add('x'.repeat(1000));
  expect(long.text().length).toBe(500);
});

test('the error of a step says its command, its code, what that mostly means, and what to do', () => {
  const op = {
    kind: 'exec',
    argv: ['/bin/sh', '-c', 'make all\nmake install'],
    env: [],
    unkeyedEnv: [],
    cwd: '/',
    user: '',
    mounts: [],
    network: 'host',
    privileged: false,
    ulimits: [],
    addHosts: [],
    hostname: 'buildkitsandbox',
    platform: { os: 'linux', architecture: 'amd64' },
  } as const;
  expect(runFailed(op, { code: 127 }, 'sh: make: not found', 'abc')).toMatchObject({
    code: 'RUN_FAILED',
    message: 'RUN make all … failed with exit code 127 (command not found)',
    detail: 'sh: make: not found',
    hint: containing('coracle run --failed abc'),
  });
  expect(runFailed(op, { code: 3 }, '', undefined)).toMatchObject({
    message: containing('exit code 3'),
    hint: undefined,
  });
  expect(runFailed(op, { code: 137, timedOut: true }, '', undefined).message).toContain('too long');
  expect(commandOf(['/bin/sh', '-c', 'a;     b'])).toBe('a; b');
  expect(commandOf(['/bin/echo', 'two words', '-n'])).toBe('/bin/echo "two words" -n');
});
