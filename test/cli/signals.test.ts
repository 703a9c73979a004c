import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempDir } from '../support/ctx.ts';
import { cleanEnv, main } from './run.ts';

/** A registry that never answers: whoever asks it waits. */
let server: Server;
let asked: Promise<void>;

beforeEach(async () => {
  asked = new Promise((resolve) => {
    server = createServer(() => resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function interrupted(
  args: readonly string[],
  signals: readonly NodeJS.Signals[],
): Promise<{ code: number | null; stderr: string; home: string }> {
  const home = tempDir();
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...cleanEnv(home) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  await asked;
  for (const signal of signals) child.kill(signal);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr, home };
}

const reference = (): string => {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server does not listen');
  return `127.0.0.1:${address.port}/team/api:1`;
};

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends a command with 130, says so, and leaves no temporary file', async () => {
    const { code, stderr, home } = await interrupted(['pull', reference()], [signal]);
    expect(code).toBe(130);
    expect(stderr).toContain('[INTERRUPTED]');
    const temp = path.join(home, 'coracle/tmp');
    expect(existsSync(temp) ? readdirSync(temp) : []).toEqual([]);
  });
});

test('a second signal ends it at once', async () => {
  const { code } = await interrupted(['pull', reference()], ['SIGINT', 'SIGINT']);
  expect(code).toBe(130);
});

test('children end with the command', async () => {
  const home = tempDir();
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  // A git that takes its time, and a child of its own; doctor asks it for its version.
  writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho $$ > ${home}/started\nsleep 300 &\nwait\n`, {
    mode: 0o755,
  });
  const child = spawn(process.execPath, [main, 'doctor'], {
    env: {
      ...cleanEnv(home, { GOPROXY: 'off', GOSUMDB: 'off' }),
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    },
    stdio: 'ignore',
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  while (!existsSync(`${home}/started`)) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  expect(await closed).toBe(130);
  const group = readFileSync(`${home}/started`, 'utf8').trim();
  expect(livingIn(group)).toEqual([]);
});

/** Commands of the processes of a group that still run; one that is dead and not yet reaped by its new parent does not. */
function livingIn(group: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return pgrp === group && state !== 'Z' ? [stat] : [];
      } catch {
        return [];
      }
    });
}
