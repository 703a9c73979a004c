import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';
import { emulateMounts } from './chroot-mounts.ts';
import { drive } from './drive.ts';
import { jobOf } from './job.ts';
import { launch } from './launch.ts';
import { terminalWrapper } from './terminal.ts';
import type { ProcessSpec, Sandbox } from './types.ts';

/**
 * For root where neither namespaces nor mounts are allowed: in a container of a CI system. The root is a directory; what would
 * be mounted is copied in and out. It keeps files apart only as far as programs are honest, and says so.
 */
export async function chrootSandbox(ctx: Ctx): Promise<Sandbox> {
  if (process.geteuid?.() !== 0) {
    throw new ToolError('SANDBOX_UNAVAILABLE', '--sandbox chroot works for root only', {
      hint: 'Leave it out: an ordinary user gets a user namespace.',
    });
  }
  const setpriv = await onPath('setpriv', `${ctx.env['PATH'] ?? ''}:/usr/bin:/bin`);
  const wrapper = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'SIGTERM'];
  return {
    name: 'chroot',
    lacks,
    run: async (ctx, spec, control) => {
      ctx.signal.throwIfAborted();
      const { root } = spec;
      if (root.kind !== 'directory') {
        throw new ToolError('SANDBOX_FAILED', 'chroot runs in a directory, not on layers', {
          hint: 'This is a bug in Coracle: please report it.',
        });
      }
      if (spec.limits && Object.values(spec.limits).some((limit) => limit !== undefined))
        ctx.emit({
          kind: 'warning',
          message: 'limits of memory, CPU and processes are not set by --sandbox chroot',
        });
      const directory = await fs.realpath(root.directory);
      const mounts = await emulateMounts(ctx, directory, spec.mounts);
      try {
        const job = {
          ...(await jobOf(ctx, { ...spec, root: { kind: 'directory', directory }, mounts: [] }, false)),
          chroot: true,
          supervised: true,
          ...(spec.stdio === 'tty' ? {} : { starter: process.pid }),
          secrets: mounts.secrets,
        };
        const terminal = spec.stdio === 'tty' ? await terminalWrapper(ctx) : undefined;
        const init = launch(wrapper, spec.stdio === 'pipe' ? 'pipe' : 'ours', terminal);
        return await drive(ctx, init, job, spec, control, { politely: true });
      } catch (error) {
        throw explained(error, spec);
      } finally {
        await mounts.undo();
      }
    },
    prepare: () => undefined,
    close: async () => undefined,
  };
}

const lacks: readonly string[] = [
  'Steps see the processes and the network of this machine or container, and can signal its processes.',
  'A program that wants to can leave the root file system (chroot is no boundary): run only Dockerfiles that you trust.',
  'What is mounted read-only is a copy that can be written; what is written to it is thrown away.',
  'Secrets and tmpfs mounts lie on the disk while a step runs, and are removed after it.',
  'There is no /proc unless the kernel lets it be mounted; programs that need it fail.',
  '--network=none is refused where no network namespace can be made.',
];

/** Nothing that was asked for is left out silently. */
function explained(error: unknown, { network }: ProcessSpec): unknown {
  if (
    network === 'none' &&
    isToolError(error, 'SANDBOX_FAILED') &&
    error.message.includes('leave the network')
  ) {
    return new ToolError(
      'SANDBOX_UNAVAILABLE',
      'a step asks for --network=none, which cannot be kept here: this machine allows no network namespace',
      {
        hint: 'Leave out --network=none for this step, or run Coracle where it may make namespaces.',
        cause: error,
      },
    );
  }
  return error;
}
