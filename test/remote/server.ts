import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { connectHost } from '../../src/remote/connect.ts';
import type { Remote } from '../../src/remote/types.ts';
import { startSshd } from '../components/sshd.ts';
import type { Sshd } from '../components/sshd.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { hostOf } from './host.ts';

export type Server = Sshd;

/** A server whose login shell does not read the start-up files of whoever runs the tests, which may take long and print. */
export async function startServer(settings: readonly string[] = []): Promise<Server> {
  return startSshd({ settings: [...settings, 'SetEnv SHLVL=2', 'MaxStartups 100'] });
}

export async function open(server: Server, ctx: TestCtx = testCtx(), host = hostOf()): Promise<Remote> {
  return connectHost(ctx, host, { configFile: server.configFile });
}

/** Directories of sockets that this process has open. */
export async function sockets(pid = process.pid): Promise<string[]> {
  const place = `/tmp/coracle-${process.getuid?.() ?? 0}/tmp`;
  const names = await readdir(place).catch(() => []);
  return names.filter((name) => name.startsWith(`${pid}-`));
}

/** Processes whose command line holds the text. */
export function processesWith(text: string): number[] {
  const listed = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}
