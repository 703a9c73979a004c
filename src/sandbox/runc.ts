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
 * runc, or crun: the stronger boundary, as it filters system calls. It runs in namespaces of its own, where our init has
 * mounted what it needs and nobody else sees; so it too ends with all its processes when we say so.
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
        let said = '';
        const onOutput: ProcessSpec['onOutput'] = (stream, text) => {
          if (stream === 'stderr') said = `${said}${text}`.slice(0, mostSaid);
          spec.onOutput?.(stream, text);
        };
        const init = await start(ctx, unshare, spec);
        try {
          const whole = { ...job, runtime: { argv, id, config: ociConfig(spec, place) } };
          const exit = await drive(ctx, init, whole, { ...spec, onOutput }, control);
          return await explained(exit, log, said, spec, name);
        } finally {
          await removeStubs(spec.root, init.reports);
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
  return { userNamespace, cgroup: userNamespace ? undefined : `/${id}` };
}

/** When it was killed it could not do so itself. */
async function removeCgroups(cgroup: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const names = await fs.readdir(root).catch(() => []);
  for (const directory of ['', ...names])
    await fs.rmdir(path.join(root, directory, cgroup)).catch(() => undefined);
}

/** As much of what is said on standard error is looked at. */
const mostSaid = 1000;

/** Tells the program's exit code from the runtime's own, by its log and by what it says when the program cannot be executed. */
async function explained(
  exit: SandboxExit,
  log: string,
  said: string,
  spec: ProcessSpec,
  name: string,
): Promise<SandboxExit> {
  if (exit.code === 0 || exit.timedOut === true) return exit;
  if (exit.code === 1 && /^exec [^\n]*: exec format error\n$/.test(said)) return { code: 126 };
  const lines = (await fs.readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const error = lines.map(messageOfLine).findLast((message) => message !== undefined);
  if (error === undefined) return exit;
  if (error.includes(spec.argv[0])) {
    const reason = error.split(': ').at(-1) ?? error;
    const code = notFound.test(error) ? 127 : 126;
    spec.onOutput?.('stderr', `exec: ${JSON.stringify(spec.argv[0])}: ${reason}\n`);
    return { code };
  }
  throw new ToolError('SANDBOX_FAILED', `${name} could not start the process: ${error}`, {
    hint: 'coracle doctor tells what this machine allows; --sandbox builtin needs less of it.',
  });
}

const notFound = /not found|no such file/i;

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
