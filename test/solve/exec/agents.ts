import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { call } from '../../components/program.ts';

/** The socket of a real agent with one key, `<directory>/key`. */
export async function realAgent(directory: string): Promise<string> {
  const socket = path.join(directory, 'real');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void agent.kill());
  while (!existsSync(socket)) await sleep(5);
  const key = path.join(directory, 'key');
  await call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'the key of the test', '-f', key]);
  await call(['ssh-add', '-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return socket;
}
