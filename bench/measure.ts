import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface Measured {
  /** Wall time from start to end, in milliseconds. */
  readonly ms: number;
  /** Peak resident memory of the program's own processes, in bytes; those of Go's tools are left out. */
  readonly memory: number;
  readonly stdout: string;
}

export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Also look at memory: it takes a little of the machine, so not while time counts. */
  readonly watchMemory?: boolean;
}

/** Programs of the Go distribution, and what they start: not a builder's own memory. */
const goTools = new Set([
  'go',
  'compile',
  'link',
  'asm',
  'cgo',
  'buildid',
  'vet',
  'cover',
  'gcc',
  'cc1',
  'as',
  'collect2',
  'ld',
  'git',
]);

/** Milliseconds between two looks. The peak itself is kept by the kernel, so that only a process's last moments can be missed. */
const interval = 4;

/** Runs a program to its end. @throws when it fails, with what it said */
export async function measure(program: Program): Promise<Measured> {
  const [file, ...args] = program.argv;
  const start = process.hrtime.bigint();
  const child = spawn(file, args, {
    cwd: program.cwd,
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const peaks = new Map<number, number>();
  const pid = child.pid;
  const timer =
    program.watchMemory === true && pid !== undefined
      ? setInterval(() => look(pid, peaks), interval)
      : undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program.argv.join(' ')}: exit ${String(code)}\n${stdout}${stderr}`);
  return { ms, memory: [...peaks.values()].reduce((sum, peak) => sum + peak, 0), stdout };
}

/** What terminals are asked for when a program takes the whole screen. */
const wholeScreen = '\u001B[?1049h';

/** Milliseconds until a program, on a terminal of its own, has the whole screen; it is ended then. @throws when it ends before */
export async function measureScreen({ argv, env }: Program): Promise<number> {
  const command = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const start = process.hrtime.bigint();
  const child = spawn('script', ['-qfec', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`${command}: exit ${String(code)}\n${shown}`)));
      child.stdout.on('data', (bytes: Buffer) => {
        shown += bytes.toString();
        if (shown.includes(wholeScreen)) resolve(Number(process.hrtime.bigint() - start) / 1e6);
      });
    });
  } finally {
    // The terminal is gone, which ends what runs on it.
    child.kill('SIGKILL');
    await ended;
  }
}

/** Notes the peak (VmHWM) of `pid` and of its descendants that are no Go tools. */
function look(pid: number, peaks: Map<number, number>): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? '';
    if (goTools.has(name)) return;
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (peak !== undefined) peaks.set(pid, Number(peak) * 1024);
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
      for (const child of children.split(' ')) if (child !== '') look(Number(child), peaks);
    }
  } catch {
    // it ended while we looked
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
