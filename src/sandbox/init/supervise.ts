import { openSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { signalNumber, start } from '../../core/exec.ts';
import type { Job } from './job.ts';
import type { Libc } from './libc.ts';

/**
 * Where no process table of one's own is to be had: a process that all orphans of the sandbox come to, and that ends every one
 * of them when the command ends, when it is told to (SIGTERM), or when its starter is gone. Removes the secrets too when that
 * cannot.
 */
export async function supervise(
  libc: Libc,
  job: Job,
  command: readonly [string, ...string[]],
): Promise<number> {
  libc.prctl(PR_SET_CHILD_SUBREAPER, 1);
  let told = false;
  const end = (): void => {
    told = true;
    void killDescendants();
  };
  process.on('SIGTERM', end);
  libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGTERM);
  const orphaned = (): boolean => job.starter !== undefined && process.ppid !== job.starter;
  if (orphaned()) return 128 + signalNumber('SIGTERM');
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
  const child = start({
    argv: [...command],
    env: {},
    streams: [...setAside(libc), 'pipe', reportPipe],
    detached: false,
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pipe that was asked for
  const input = child.pipes[3] as Writable;
  input.on('error', () => undefined);
  input.end(JSON.stringify({ ...job, supervised: false }));
  const { code, signal } = await child.exited;
  await killDescendants();
  if (orphaned()) for (const file of job.secrets ?? []) removeSecret(file);
  return told ? 128 + signalNumber('SIGKILL') : signal === null ? code : 128 + signalNumber(signal);
}

/**
 * The standard streams, under other numbers: Node makes a pipe that is its own standard stream non-blocking at the oddest
 * moments, and so for everybody who shares it.
 */
function setAside(libc: Libc): number[] {
  const nothing = openSync('/dev/null', 'r+');
  return [0, 1, 2].map((stream) => {
    const other = libc.call('fcntl', stream, F_DUPFD, firstFree);
    libc.call('dup3', nothing, stream);
    return other;
  });
}

const F_DUPFD = 0;
const firstFree = 10;

function removeSecret(file: string): void {
  try {
    // Not where a program has put a link in the way.
    if (realpathSync(path.dirname(file)) === path.dirname(file)) rmSync(file, { force: true });
  } catch {
    // it is gone with its directory
  }
}

const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const reportPipe = 4;
/** Milliseconds. */
const patience = 10_000;

/** Stops first, so that nothing can fork away, then kills; again until none is left. */
async function killDescendants(): Promise<void> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const stopped = new Set<number>();
    for (
      let fresh = descendants();
      fresh.length > 0;
      fresh = descendants().filter((pid) => !stopped.has(pid))
    ) {
      for (const pid of fresh) {
        signal(pid, 'SIGSTOP');
        stopped.add(pid);
      }
      if (Date.now() > deadline) break;
    }
    if (stopped.size === 0) return;
    for (const pid of stopped) signal(pid, 'SIGKILL');
    await delay(5);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it is gone
  }
}

/** All processes that live and came of this one. */
function descendants(): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const [state, parent] = statOf(pid);
    if (state !== 'Z' && state !== 'X') parents.set(pid, parent);
  }
  const ours = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at))
      if (at === process.pid) return true;
    return false;
  };
  return [...parents.keys()].filter(ours);
}

function statOf(pid: number): readonly [state: string, parent: number] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = 'X', parent = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [state, Number(parent)];
  } catch {
    return ['X', 0];
  }
}
