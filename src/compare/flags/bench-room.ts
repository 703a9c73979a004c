/** Where benchmarks run: in the sandbox, with this machine's libraries and the project to read, and neither network nor anything to write to. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import type { Elsewhere } from './elsewhere.ts';
import { chooseSandbox } from '../../sandbox/choose.ts';
import type { Mount, Root, Sandbox } from '../../sandbox/types.ts';

export interface BenchRun {
  /** Absolute: the test program. */
  readonly file: string;
  /** Absolute: where it runs. */
  readonly dir: string;
  readonly args: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

export interface BenchRoom {
  /** @returns what it printed, and whether it ended well */
  run(run: BenchRun): Promise<{ readonly ok: boolean; readonly output: string }>;
  close(): Promise<void>;
}

/** Where a dynamic program finds its libraries and time zones. */
const libraries = ['/usr', '/lib', '/lib32', '/lib64', '/bin', '/etc/ssl', '/etc/ld.so.cache'];
/** Bytes that are kept of what a benchmark prints. */
const mostOutput = 4 * 1024 * 1024;

/**
 * @param directory an empty directory of ours: the root
 * @param project absolute: what benchmarks may read of the project
 * @param elsewhere where the test programs were compiled, when it was not on this machine itself: they run with the libraries of there
 * @throws ToolError SANDBOX_UNAVAILABLE where nothing can be run on this machine
 */
export async function openBenchRoom(
  ctx: Ctx,
  directory: string,
  project: string,
  elsewhere?: Elsewhere,
): Promise<BenchRoom> {
  const sandbox = await chooseSandbox(ctx, 'auto');
  const seen = await mountsOf([...(elsewhere ? [] : libraries), project]);
  const root = elsewhere?.root ?? ({ kind: 'directory', directory } as const);
  return {
    run: async (run) => runIn(ctx, sandbox, root, seen, run),
    close: async () => sandbox.close(),
  };
}

async function mountsOf(names: readonly string[]): Promise<Mount[]> {
  const there = await Promise.all(
    names.map(async (name) =>
      fs.stat(name).then(
        () => [name],
        () => [],
      ),
    ),
  );
  const readOnly = there.flat().map((name): Mount => ({
    kind: 'bind',
    source: name,
    target: name,
    readOnly: true,
    recursive: true,
  }));
  return [{ kind: 'tmpfs', target: '/tmp', mode: 0o1777 }, ...readOnly];
}

async function runIn(
  ctx: Ctx,
  sandbox: Sandbox,
  root: Root,
  seen: readonly Mount[],
  { file, dir, args, timeout }: BenchRun,
): Promise<{ ok: boolean; output: string }> {
  const target = `/benchmarks/${path.basename(file)}`;
  let output = '';
  const { code } = await sandbox.run(ctx, {
    root,
    argv: [target, ...args],
    env: ['HOME=/tmp', 'PATH=/usr/bin:/bin', 'LANG=C'],
    cwd: dir,
    user: { uid: 0, gid: 0, groups: [] },
    hostname: 'benchmarks',
    mounts: [...seen, { kind: 'bind', source: file, target, readOnly: true }],
    network: 'none',
    stdio: 'pipe',
    timeout,
    onOutput: (_, text) => {
      if (output.length < mostOutput) output += text;
    },
  });
  return { ok: code === 0, output };
}
