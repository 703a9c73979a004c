import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../../src/core/exec.ts';
import { forwardAgent } from '../../../src/solve/exec/agent-forward.ts';
import { tempDir } from '../../support/ctx.ts';
import { realAgent } from './agents.ts';

const signal = new AbortController().signal;

async function ssh(socket: string, ...argv: [string, ...string[]]) {
  return run({ argv, env: { ...process.env, SSH_AUTH_SOCK: socket } }, signal);
}

test('a step may list keys and sign with them', async () => {
  const directory = tempDir();
  const agent = await realAgent(directory);
  const forwarded = await forwardAgent(agent, directory, 'agent.0', { uid: 0, gid: 0, mode: 0o600 });
  expect((await ssh(forwarded.socket, 'ssh-add', '-l')).stdout).toContain('the key of the test');
  await fs.writeFile(path.join(directory, 'text'), 'to be signed');
  const signed = await ssh(
    forwarded.socket,
    ...(['ssh-keygen', '-Y', 'sign', '-n', 'file'] as const),
    ...['-f', path.join(directory, 'key.pub'), path.join(directory, 'text')],
  );
  expect(signed).toMatchObject({ code: 0 });
  expect(await fs.readFile(path.join(directory, 'text.sig'), 'utf8')).toContain('BEGIN SSH SIGNATURE');
  await forwarded.close();
  expect((await ssh(forwarded.socket, 'ssh-add', '-l')).code).not.toBe(0);
});

test('a step cannot take keys away, or add some', async () => {
  const directory = tempDir();
  const agent = await realAgent(directory);
  const forwarded = await forwardAgent(agent, directory, 'agent.0', { uid: 0, gid: 0, mode: 0o600 });
  onTestFinished(forwarded.close);
  expect((await ssh(forwarded.socket, 'ssh-add', '-D')).code).not.toBe(0);
  expect((await ssh(forwarded.socket, 'ssh-add', path.join(directory, 'key'))).code).not.toBe(0);
  expect((await ssh(agent, 'ssh-add', '-l')).stdout).toContain('the key of the test');
});

test('a home with a long name has agents too', async () => {
  const directory = tempDir();
  const agent = await realAgent(directory);
  const deep = path.join(directory, 'a'.repeat(120));
  await fs.mkdir(deep);
  const forwarded = await forwardAgent(agent, deep, 'agent.0', { uid: 0, gid: 0, mode: 0o640 });
  onTestFinished(forwarded.close);
  const stat = await fs.stat(path.join(deep, 'agent.0'));
  expect([stat.isSocket(), stat.mode & 0o777]).toEqual([true, 0o640]);
});
