import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { start, type Started, type Stream } from '../core/exec.ts';
import type { Job, Report } from './init/job.ts';
import { initCommand, ownLibc } from './programs.ts';

/** An init that waits for its job, and our ends of its pipes. */
export interface Init {
  readonly started: Started;
  /** Its standard streams, where they are pipes. */
  readonly pipes: { readonly input: Writable; readonly output: Socket; readonly errors: Socket } | undefined;
  /** What it has reported so far. */
  readonly reports: readonly Report[];
  /** Gives it its job; it begins at once. */
  begin(job: Job): void;
  /** Calls `listen` with what is reported from now on. */
  onReport(listen: (report: Report) => void): void;
  /** Resolves when nothing more will be reported. */
  readonly reported: Promise<void>;
  /** False when it has ended. */
  alive(): boolean;
  /** Whether this process stays alive for it. */
  waitFor(wanted: boolean): void;
}

/**
 * Starts an init. Pipes are real pipes, as Node's own are sockets, which a program cannot open again as /dev/stdout.
 * @param wrapper what to start it with: `unshare …`
 * @param stdio `ours` gives it our own standard streams
 * @param terminal puts a terminal of its own in between
 */
export function launch(
  wrapper: readonly string[],
  stdio: 'pipe' | 'ours',
  terminal: (argv: readonly string[]) => readonly string[] = (argv) => argv,
): Init {
  const [program, ...args] = terminal([...wrapper, ...initCommand()]);
  if (program === undefined) throw new Error('nothing to start');
  // Where ours are pipes, Node makes them non-blocking when it first looks at them, and starting a program makes them blocking
  // again: in this order, or the program's writes would fail.
  if (stdio === 'ours') touch(process.stdout, process.stderr);
  const ends = stdio === 'pipe' ? openPipes() : undefined;
  const streams: readonly Stream[] = ends ? ends.theirs : [0, 1, 2];
  let started: Started;
  try {
    started = start({
      argv: [program, ...args],
      env: {},
      streams: [...streams, 'pipe', 'pipe'],
      detached: stdio === 'pipe',
    });
  } catch (error) {
    for (const end of ends?.ours ?? []) closeSync(end);
    throw error;
  } finally {
    for (const end of ends?.theirs ?? []) closeSync(end);
  }
  const [input = -1, output = -1, errors = -1] = ends?.ours ?? [];
  const pipes = ends && {
    input: socket(input, 'write'),
    output: socket(output, 'read'),
    errors: socket(errors, 'read'),
  };
  let alive = true;
  const ended = (): void => {
    alive = false;
  };
  started.exited.then(ended, ended);
  return { started, pipes, alive: () => alive, ...conversation(started, pipes) };
}

function touch(..._streams: readonly unknown[]): void {
  // Being looked at was all.
}

interface Ends {
  readonly theirs: readonly number[];
  readonly ours: readonly number[];
}

function openPipes(): Ends {
  const libc = ownLibc();
  const [stdin, input] = libc.pipe();
  const [output, stdout] = libc.pipe();
  const [errors, stderr] = libc.pipe();
  return { theirs: [stdin, stdout, stderr], ours: [input, output, errors] };
}

function socket(fd: number, way: 'read' | 'write'): Socket {
  const made = new Socket({ fd, readable: way === 'read', writable: way === 'write' });
  made.on('error', () => undefined); // a program that does not read its input closes the pipe
  return made;
}

type Conversation = Pick<Init, 'reports' | 'begin' | 'onReport' | 'reported' | 'waitFor'>;

function conversation(started: Started, pipes: Init['pipes']): Conversation {
  const reports: Report[] = [];
  const listeners: ((report: Report) => void)[] = [];
  const [, , , job, said] = started.pipes;
  if (!(job instanceof Socket) || !(said instanceof Socket))
    throw new Error('the pipes of the init are not there');
  let line = '';
  job.on('error', () => undefined);
  said.on('error', () => undefined);
  said.setEncoding('utf8');
  said.on('data', (text: string) => {
    const lines = `${line}${text}`.split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the init, before any foreign program ran
      const report = JSON.parse(each) as Report;
      reports.push(report);
      for (const listen of listeners) listen(report);
    }
  });
  return {
    reports,
    begin: (what) => void job.end(JSON.stringify(what)),
    onReport: (listen) => {
      listeners.push(listen);
    },
    reported: new Promise((resolve) => said.on('close', () => resolve())),
    waitFor: (wanted) => {
      started.waitFor(wanted);
      for (const each of [job, said, pipes?.input, pipes?.output, pipes?.errors]) {
        if (!(each instanceof Socket)) continue;
        if (wanted) each.ref();
        else each.unref();
      }
    },
  };
}
