/** Commands that are ended before their time: started, watched, struck, and looked for among the living. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './coracle.ts';

export interface Running {
  readonly pid: number;
  /** What it wrote to standard error so far. */
  readonly said: () => string;
  /** Resolves when its standard error matches, or when it has ended; true in the first case. */
  readonly until: (what: RegExp) => Promise<boolean>;
  /** To the process alone, or to its whole group, as a terminal does at Ctrl-C. */
  readonly strike: (signal: NodeJS.Signals, whom: 'process' | 'group') => void;
  /** Exit code, 128 and more for a signal. */
  readonly ended: Promise<number>;
  /** Processes that descend from it, wherever in the tree they are now. */
  readonly living: () => string[];
}

/** Starts the program in a process group of its own. */
export function start(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env: Readonly<Record<string, string>> },
): Running {
  const mark = `CORACLE_TEST_MARK=${randomBytes(8).toString('hex')}`;
  const [name = '', value] = mark.split('=');
  const child = spawn(program, [...args, '--progress', 'plain'], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, [name]: value },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    said += text;
  });
  const state: { over?: number } = {};
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (code, signal) => {
      state.over = code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGINT' ? 2 : 15);
      resolve(state.over);
    });
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    said: () => said,
    until: async (what) => {
      while (!what.test(said) && state.over === undefined) await sleep(5);
      return what.test(said);
    },
    strike: (signal, whom) => {
      try {
        process.kill(whom === 'group' ? -pid : pid, signal);
      } catch {
        // it has ended by itself
      }
    },
    ended,
    living: () => withEnvironment(mark),
  };
}

/** Waits, some seconds at most, until nothing of it lives. @returns what still does */
export async function survivors(running: Running, patience = 10_000): Promise<string[]> {
  for (let waited = 0; waited < patience && running.living().length > 0; waited += 50) await sleep(50);
  return running.living();
}

function withEnvironment(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return []; // gone, or somebody else's
      }
    });
}

/** Runs the program, and looks at the memory that it takes. */
export async function peakOf(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; megabytes: number }> {
  const running = start(args, { env });
  let kilobytes = 0;
  const looking = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${running.pid}/status`, 'utf8');
      kilobytes = Math.max(kilobytes, Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 20);
  const code = await running.ended;
  clearInterval(looking);
  return { code, megabytes: kilobytes / 1024 };
}
