import { spawn } from 'node:child_process';
import type { Env } from '../../src/core/ctx.ts';

export interface Daemon {
  readonly pid: number;
  /** Everything it wrote so far, both streams. */
  readonly logs: () => string;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<number>;
  /** Sends the signal (SIGTERM unless told) and waits for the end; the exit code, or 128 and the signal's number. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number>;
}

const children = new Set<number>();
process.on('exit', () => {
  for (const pid of children) kill(pid, 'SIGKILL');
});

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal); // its group: daemons start children
  } catch {
    // gone already
  }
}

/**
 * Starts a program that stays, and waits until `ready` says so. What is still running when the tests end is killed with its
 * children.
 * @throws when it ends or does not become ready within `deadline` milliseconds; its output is in the error
 */
export async function startDaemon(options: {
  argv: readonly [string, ...string[]];
  env?: Env;
  cwd?: string;
  ready: () => Promise<boolean>;
  deadline?: number;
}): Promise<Daemon> {
  const [program, ...args] = options.argv;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(127);
    });
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program}: ${await ended.then(() => output)}`);
  children.add(pid);
  const state: { over?: number } = {};
  void ended.then((code) => {
    state.over = code;
    kill(pid, 'SIGKILL'); // what it left behind
    children.delete(pid);
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number> => {
    if (state.over === undefined) process.kill(pid, signal);
    return ended;
  };
  const deadline = Date.now() + (options.deadline ?? 60_000);
  while (state.over === undefined && !(await options.ready().catch(() => false))) {
    if (Date.now() > deadline) {
      await stop('SIGKILL');
      throw new Error(`${program} did not become ready:\n${output}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  if (state.over !== undefined) throw new Error(`${program} ended with ${state.over}:\n${output}`);
  return { pid, logs: () => output, ended, stop };
}

/** True when `url` answers with any of `statuses` (any below 500 when none are given). */
export async function answers(url: string, ...statuses: readonly number[]): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return statuses.length === 0 ? response.status < 500 : statuses.includes(response.status);
}
