import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { start } from '../core/exec.ts';
import type { Started } from '../core/exec.ts';
import { onPath } from '../core/on-path.ts';
import { destination } from './address.ts';
import { connectFailure, connectTimeout, connectionLost, keyRefused } from './failure.ts';
import { hostKeyError } from './host-key.ts';
import { socketDirectory } from './directory.ts';
import type { ConnectOptions, Host } from './types.ts';

/** The ssh process that holds the connection; all that is done on the host goes through its socket. */
export interface Master {
  /** The absolute path of ssh. */
  readonly program: string;
  readonly control: string;
  /** Private to us. */
  readonly directory: string;
  /** Aborted when the connection ends without our asking. */
  readonly lost: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the connection and removes the directory. */
  close(): Promise<void>;
}

/**
 * Runs ssh and ends it when its own input ends, which is a pipe from us: so the connection dies with us, however we die. The directory of the
 * sockets goes too.
 */
const guard = [
  'dir=$1; shift; exec 3<&0 </dev/null; "$@" 3<&- & ssh=$!',
  '{ read -r never <&3; kill $ssh 2>/dev/null; } & watch=$!',
  'exec 3<&-; wait $ssh; code=$?; kill $watch 2>/dev/null; rm -rf "$dir"; exit $code',
].join('\n');

/** Options of ours come first: of each, the first value counts for ssh. Nothing of the user's that would do more than connect is left. */
function masterOptions(control: string, timeout: number): readonly string[] {
  const options = {
    ControlMaster: 'yes',
    ControlPath: control,
    ControlPersist: 'no',
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ConnectTimeout: String(Math.ceil(timeout / 1000)),
    // A dead link is noticed five seconds after the last byte.
    ServerAliveInterval: '1',
    ServerAliveCountMax: '4',
    ClearAllForwardings: 'yes',
    ExitOnForwardFailure: 'no',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    LogLevel: 'ERROR',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Milliseconds between two looks for the socket, which is there once the host has let us in. */
const pace = 5;
const keptWords = 16 * 1024;

/** @throws ToolError HOST_KEY, HOST_UNREACHABLE, TOOL_MISSING */
export async function openMaster(ctx: Ctx, host: Host, options: ConnectOptions): Promise<Master> {
  const program = await onPath('ssh', ctx.env['PATH'] ?? '/usr/bin:/bin');
  if (program === undefined)
    throw new ToolError('TOOL_MISSING', 'ssh is not on this machine', {
      hint: 'Install it (on Debian and Ubuntu: apt install openssh-client).',
    });
  // Nobody is there to be asked, and what ssh says is read by us.
  const env = { ...ctx.env, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' };
  const timeout = options.timeout ?? 10_000;
  const directory = await socketDirectory(ctx);
  const control = path.join(directory.path, 'm');
  const ssh = [program, '-N', '-T', ...masterOptions(control, timeout), ...destination(host, options)];
  const child = start({
    argv: ['/bin/sh', '-c', guard, 'sh', directory.path, ...ssh],
    env,
    streams: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const words = keepWords(child.pipes[2]);
  const close = closer(child, directory.release);
  try {
    await ready(ctx, child, control, timeout, host, options, words);
  } catch (error) {
    await close();
    if (!keyRefused.test(words())) throw error;
    throw hostKeyError(host, options, words(), await askAgain(ctx, program, host, options, env));
  }
  return { program, control, directory: directory.path, env, ...watch(host, child, words, close) };
}

async function ready(
  ctx: Ctx,
  child: Started,
  control: string,
  timeout: number,
  host: Host,
  options: ConnectOptions,
  words: () => string,
): Promise<void> {
  const state: { ended?: boolean } = {};
  void child.exited.then(
    () => (state.ended = true),
    () => (state.ended = true),
  );
  // A little longer than ssh's own limit, whose words say more.
  const until = performance.now() + timeout + 500;
  while (performance.now() < until) {
    ctx.signal.throwIfAborted();
    if (await exists(control)) return;
    if (state.ended) throw connectFailure(host, options, words());
    await sleep(pace);
  }
  throw connectTimeout(host, options, timeout);
}

async function exists(file: string): Promise<boolean> {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

/** What ssh says, its end kept: the last words tell why it ended. */
function keepWords(stream: Readable | Writable | null | undefined): () => string {
  let kept = '';
  if (stream && 'setEncoding' in stream) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      kept = (kept + text).slice(-keptWords);
    });
  }
  return () => kept;
}

function watch(
  host: Host,
  child: Started,
  words: () => string,
  end: () => Promise<void>,
): Pick<Master, 'lost' | 'close'> {
  const lost = new AbortController();
  let closing = false;
  const ended = (): void => {
    if (!closing) lost.abort(connectionLost(host, words()));
  };
  child.exited.then(ended, ended);
  return {
    lost: lost.signal,
    async close() {
      closing = true;
      await end();
    },
  };
}

/** Ends the guard, which ends ssh; and ssh by force when it does not end. */
function closer(child: Started, release: () => Promise<void>): () => Promise<void> {
  return async () => {
    const stdin = child.pipes[0];
    if (stdin && 'end' in stdin) {
      stdin.on('error', () => undefined);
      stdin.end();
    }
    const force = setTimeout(() => endGroup(child.pid), 2000);
    await child.exited.catch(() => undefined);
    clearTimeout(force);
    await release();
  };
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** The same connection once more, told with `-v`, for the key that the host shows. */
async function askAgain(
  ctx: Ctx,
  program: string,
  host: Host,
  options: ConnectOptions,
  env: Master['env'],
): Promise<string> {
  const arguments_ = [
    ...['-v', '-N', '-T', '-o', 'ControlPath=none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes'],
    ...['-o', 'ClearAllForwardings=yes', '-o', 'PermitLocalCommand=no', '-o', 'RemoteCommand=none'],
    ...destination(host, options),
  ];
  const exit = await ctx.exec({ argv: [program, ...arguments_], env, timeout: options.timeout ?? 10_000 });
  return exit.stderr;
}
