/** What a case of the contract works with: a root file system, a sandbox, and short words for both. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ctx } from '../../../src/core/ctx.ts';
import type { Event } from '../../../src/core/event.ts';
import { run } from '../../../src/core/exec.ts';
import { createFetch } from '../../../src/core/http.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import type { ProcessSpec, Root, RunControl, Sandbox, SandboxExit } from '../../../src/sandbox/types.ts';
import { idMode, type IdMode } from '../../../src/sandbox/userns.ts';

export interface Ran extends SandboxExit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Box {
  readonly sandbox: Sandbox;
  readonly mode: IdMode;
  readonly ctx: Ctx;
  readonly events: readonly Event[];
  /** A private directory of the case. */
  readonly temp: string;
  /** Where what the process writes is found afterwards: the upper directory, or the root itself. */
  readonly written: string;
  readonly root: Root;
  /** `sh -c`, or a command line. */
  run(
    command: string | readonly [string, ...string[]],
    spec?: Partial<ProcessSpec>,
    control?: RunControl,
  ): Promise<Ran>;
  /** As `run`, with a signal of the caller's. */
  runUntil(signal: AbortSignal, command: string): Promise<Ran>;
  /** Another root, with more layers above the usual one, highest first. */
  stacked(layers: readonly string[]): Root;
}

const passwd = 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n';

/** A directory with a shell and the usual commands. No /proc, /sys, /dev, /run: they are made to mount on. */
export function makeBase(directory: string, busybox: string): void {
  for (const name of ['bin', 'etc', 'home', 'tmp', 'var', 'data'])
    mkdirSync(path.join(directory, name), { recursive: true });
  execFileSync('chmod', ['1777', path.join(directory, 'tmp')]);
  cpSync(busybox, path.join(directory, 'bin/busybox'), { dereference: true });
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean))
    if (applet !== 'busybox') symlinkSync('busybox', path.join(directory, 'bin', applet));
  writeFileSync(path.join(directory, 'etc/passwd'), passwd);
  writeFileSync(path.join(directory, 'data/old'), 'old');
  symlinkSync('/run', path.join(directory, 'var/run'));
  symlinkSync('../../../../../../tmp', path.join(directory, 'out'));
}

export interface Place {
  readonly runtime: 'builtin' | 'runc' | 'chroot';
  readonly busybox: string;
}

/** Calls `work` with a box for each case, all in one temporary directory that is gone at the end. */
export async function withBoxes(
  { runtime, busybox }: Place,
  work: (open: (signal?: AbortSignal) => Promise<Box>) => Promise<void>,
): Promise<void> {
  const top = mkdtempSync(path.join(os.tmpdir(), 'coracle-contract-'));
  const events: Event[] = [];
  const ctxWith = (signal: AbortSignal): Ctx => ({
    signal,
    env: process.env,
    cwd: top,
    home: path.join(top, 'home'),
    now: () => new Date(),
    emit: (event) => events.push(event),
    exec: async (command) => run(command, signal),
    fetch: createFetch(process.env, signal),
  });
  const base = path.join(top, 'base');
  makeBase(base, busybox);
  const ctx = ctxWith(new AbortController().signal);
  const sandbox = await chooseSandbox(ctx, runtime);
  const mode = await idMode();
  let count = 0;
  try {
    await work(async () => {
      events.length = 0;
      const temp = path.join(top, String(++count));
      const place = (name: string): string => path.join(temp, name);
      for (const name of ['', 'upper', 'work']) mkdirSync(place(name));
      const stacked = (layers: readonly string[]): Root => ({
        kind: 'overlay',
        lower: [...layers, base],
        upper: place('upper'),
        work: place('work'),
        userxattr: mode !== 'root',
      });
      if (runtime === 'chroot') execFileSync('cp', ['-a', base, place('root')]);
      const root: Root = runtime === 'chroot' ? { kind: 'directory', directory: place('root') } : stacked([]);
      const start = async (
        where: Ctx,
        command: string | readonly [string, ...string[]],
        spec: Partial<ProcessSpec>,
        control?: RunControl,
      ): Promise<Ran> => {
        const output = { stdout: '', stderr: '' };
        const whole: ProcessSpec = {
          root,
          argv: typeof command === 'string' ? ['sh', '-c', command] : command,
          env: ['PATH=/bin', 'HOME=/root', 'A=b'],
          cwd: '/',
          user: { uid: 0, gid: 0, groups: [] },
          hostname: 'box',
          mounts: [],
          network: 'host',
          stdio: 'pipe',
          timeout: 120_000,
          ...spec,
          onOutput: (stream, text) => {
            output[stream] += text;
            spec.onOutput?.(stream, text);
          },
        };
        return { ...(await sandbox.run(where, whole, control)), ...output };
      };
      return {
        sandbox,
        mode,
        ctx,
        events,
        temp,
        written: root.kind === 'overlay' ? root.upper : root.directory,
        root,
        run: async (command, spec = {}, control) => start(ctx, command, spec, control),
        runUntil: async (signal, command) => start(ctxWith(signal), command, {}),
        stacked,
      };
    });
  } finally {
    await sandbox.close();
    rmSync(top, { recursive: true, force: true });
  }
}

/** Command lines of all processes that this machine shows us. */
export function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}

/** Paths below a directory, each with what can be seen of it. */
export function listing(directory: string): string[] {
  const names = (inside: string): string[] =>
    readdirSync(path.join(directory, inside), { withFileTypes: true }).flatMap((entry) => {
      const name = path.join(inside, entry.name);
      return entry.isDirectory() ? [name, ...names(name)] : [name];
    });
  return ['', ...names('')]
    .map((name) => {
      const stat = lstatSync(path.join(directory, name), { bigint: true });
      return `${name} ${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.isDirectory() ? '' : stat.size} ${stat.mtimeNs}`;
    })
    .sort();
}
