import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { ToolError, systemCode } from './errors.ts';
import type { Env } from './ctx.ts';

export interface Command {
  /** Program and arguments; never through a shell. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited that is not in it. */
  readonly env: Env;
  /** Written to the child's standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** Called with the output as it comes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
  /** `inherit` gives the child our own standard streams (for `toolchain exec`). */
  readonly stdio?: 'pipe' | 'inherit';
  /** Longest time in milliseconds; the child is killed then. */
  readonly timeout?: number;
}

export interface Exit {
  /** Exit code; 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes kept of each stream of a child; what came first is kept, as compilers put the cause there. */
const keptOutput = 4 * 1024 * 1024;
/** Milliseconds between SIGTERM and SIGKILL when a command is interrupted. */
const grace = 2000;

/**
 * Runs a program in a process group of its own, so that an interrupt ends its children too. A non-zero exit is a result, not an
 * error.
 * @throws ToolError TOOL_MISSING when the program does not exist; the signal's reason when aborted.
 */
export async function run(command: Command, signal: AbortSignal): Promise<Exit> {
  signal.throwIfAborted();
  const inherit = command.stdio === 'inherit';
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    cwd: command.cwd,
    env: { ...command.env },
    stdio: inherit ? 'inherit' : ['pipe', 'pipe', 'pipe'],
    detached: !inherit,
  });
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(inherit ? child.pid : -child.pid, name);
    } catch {
      // already gone
    }
  };
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill('SIGTERM');
    killTimer = setTimeout(() => kill('SIGKILL'), grace);
  };
  signal.addEventListener('abort', stop, { once: true });
  const deadline = command.timeout === undefined ? undefined : setTimeout(stop, command.timeout);
  try {
    const out = inherit ? undefined : collect(child.stdout, 'stdout', command.onOutput);
    const err = inherit ? undefined : collect(child.stderr, 'stderr', command.onOutput);
    if (!inherit) {
      child.stdin?.on('error', () => undefined); // a child that does not read its input closes the pipe
      child.stdin?.end(command.input);
    }
    const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, name) => resolve({ code, signal: name }));
      },
    );
    signal.throwIfAborted();
    return {
      code: ended.code ?? 128 + signalNumber(ended.signal),
      signal: ended.signal,
      stdout: out?.() ?? '',
      stderr: err?.() ?? '',
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Error ? notStarted(program, error) : error;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(deadline);
    // What the child left behind in its group must not outlive an interrupt.
    if (signal.aborted && !inherit) kill('SIGKILL');
    clearTimeout(killTimer);
  }
}

/** What each of a started program's descriptors is, from 0: nothing, ours of that number, or a new pipe to us. */
export type Stream = 'ignore' | 'pipe' | number;

export interface Started {
  /** Undefined when the program could not be started; `exited` says why. */
  readonly pid: number | undefined;
  /** Our ends of the pipes, by descriptor. */
  readonly pipes: readonly (Readable | Writable | null | undefined)[];
  /**
   * The end of the program itself; others may still hold its pipes then.
   * @throws ToolError TOOL_MISSING when the program does not exist
   */
  readonly exited: Promise<{ readonly code: number; readonly signal: NodeJS.Signals | null }>;
  /** To the program alone. Never fails. */
  kill(signal: NodeJS.Signals): void;
  /** Whether we stay alive for it, as we do from the start. */
  waitFor(wanted: boolean): void;
}

/** Starts a program whose streams the caller looks after, and who also ends it (for sandboxes). */
export function start(command: {
  readonly argv: readonly [string, ...string[]];
  readonly env: Env;
  readonly cwd?: string;
  readonly streams: readonly Stream[];
  /** In a session of its own, where no key press reaches it. */
  readonly detached: boolean;
}): Started {
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    cwd: command.cwd,
    env: { ...command.env },
    stdio: [...command.streams],
    detached: command.detached,
  });
  const exited = new Promise<{ code: number; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', (error) => reject(notStarted(program, error)));
    child.on('exit', (code, signal) => resolve({ code: code ?? 128 + signalNumber(signal), signal }));
  });
  exited.catch(() => undefined); // whoever waits for it is told
  return {
    pid: child.pid,
    pipes: child.stdio,
    exited,
    kill: (signal) => void child.kill(signal),
    waitFor: (wanted) => (wanted ? child.ref() : child.unref()),
  };
}

function notStarted(program: string, error: Error): Error {
  const code = systemCode(error);
  if (code !== 'ENOENT' && code !== 'EACCES') return error;
  return new ToolError(
    'TOOL_MISSING',
    `cannot run ${program}: ${code === 'ENOENT' ? 'not found' : 'permission denied'}`,
    { cause: error },
  );
}

function collect(
  stream: Readable | null,
  name: 'stdout' | 'stderr',
  onOutput: Command['onOutput'],
): (() => string) | undefined {
  if (!stream) return undefined;
  let kept = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    if (kept.length < keptOutput) kept += text;
    onOutput?.(name, text);
  });
  return () => kept;
}

/** 0 for none. */
export function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : constants.signals[name];
}
