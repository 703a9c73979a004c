import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';
import { withTempDir } from '../core/temp.ts';
import type { Surroundings } from './builtin.ts';
import { drive } from './drive.ts';
import { jobOf } from './job.ts';
import { launch } from './launch.ts';
import { ociConfig, type Place } from './oci-config.ts';
import { removeStubs } from './stubs.ts';
import type { ProcessSpec, Sandbox, SandboxExit } from './types.ts';
import { terminalWrapper } from './terminal.ts';

/**
 * runc, or crun: the stronger boundary, as it filters system calls. It runs in namespaces of its own, where our init has mounted what it
 * needs and nobody else sees; so it too ends with all its processes when we say so.
 */
export function runcSandbox(
  name: 'runc' | 'crun',
  program: string,
  { unshare, userNamespace, lacks }: Surroundings,
): Sandbox {
  return {
    name,
    lacks,
    run: async (ctx, spec, control) => {
      ctx.signal.throwIfAborted();
      return withTempDir(ctx, async (temp) => {
        const id = `coracle-${randomBytes(8).toString('hex')}`;
        const place = placeOf(ctx, spec, id, userNamespace);
        const job = await jobOf(ctx, spec, userNamespace);
        const log = path.join(temp, 'log');
        const argv = [
          ...[program, '--root', path.join(job.stage, 'state'), '--log', log, '--log-format', 'json'],
          ...['run', '--no-new-keyring'],
        ];
        const init = await start(ctx, unshare, spec);
        try {
          const config = ociConfig(spec, place);
          const driven = await drive(ctx, init, { ...job, runtime: { argv, id, config } }, spec, control);
          await removeStubs(spec.root, driven.reports);
          return await explained(driven.exit, log, spec, name);
        } finally {
          if (place.cgroup !== undefined) await removeCgroups(place.cgroup);
        }
      });
    },
    prepare: () => undefined,
    close: async () => undefined,
  };
}

async function start(
  ctx: Ctx,
  unshare: readonly string[],
  spec: ProcessSpec,
): Promise<ReturnType<typeof launch>> {
  if (spec.stdio === 'pipe') return launch(unshare, 'pipe');
  return launch(unshare, 'ours', spec.stdio === 'tty' ? await terminalWrapper(ctx) : undefined);
}

/** The first of both that is there, where Debian puts it too. */
export async function findRunc(ctx: Ctx): Promise<{ name: 'runc' | 'crun'; program: string } | undefined> {
  const search = `${ctx.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin`;
  for (const name of ['runc', 'crun'] as const) {
    const program = await onPath(name, search);
    if (program !== undefined) return { name, program };
  }
  return undefined;
}

function placeOf(ctx: Ctx, { limits }: ProcessSpec, id: string, userNamespace: boolean): Place {
  if (userNamespace && limits && Object.values(limits).some((limit) => limit !== undefined)) {
    const message = 'memory, CPU and process limits are not set: this user may not make control groups';
    ctx.emit({ kind: 'warning', message });
  }
  return { userNamespace, cgroup: userNamespace ? undefined : `/coracle/${id}` };
}

/** When it was killed it could not do so itself. */
async function removeCgroups(cgroup: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const names = await fs.readdir(root).catch(() => []);
  for (const directory of ['', ...names])
    await fs.rmdir(path.join(root, directory, cgroup)).catch(() => undefined);
}

/** Tells the program's exit code from the runtime's own, by its log. */
async function explained(
  exit: SandboxExit,
  log: string,
  spec: ProcessSpec,
  name: string,
): Promise<SandboxExit> {
  if (exit.code === 0 || exit.timedOut === true) return exit;
  const lines = (await fs.readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const error = lines.map(messageOfLine).findLast((message) => message !== undefined);
  if (error === undefined) return exit;
  // The program could not be executed: that is an exit code, as in a shell.
  const quoted = JSON.stringify(spec.argv[0]);
  if (error.includes('exec') || error.includes(spec.argv[0])) {
    const code = /not found|no such file/i.test(error)
      ? 127
      : /permission denied|exec format|not a? ?(regular|directory)/i.test(error)
        ? 126
        : 0;
    if (code !== 0) {
      spec.onOutput?.('stderr', `exec: ${quoted}: ${error.split(': ').slice(-1).join(': ')}\n`);
      return { code };
    }
  }
  throw new ToolError('SANDBOX_FAILED', `${name} could not start the process: ${error}`, {
    hint: 'coracle doctor tells what this machine allows; --sandbox builtin needs less of it.',
  });
}

function messageOfLine(line: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('level' in entry) || !('msg' in entry))
      return undefined;
    return ['error', 'fatal'].includes(String(entry.level)) ? String(entry.msg) : undefined;
  } catch {
    return undefined;
  }
}
