import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { chooseSandbox } from '../sandbox/choose.ts';
import type { Mount, Root } from '../sandbox/types.ts';
import type { Snapshots } from '../snapshot/types.ts';
import { environment } from '../solve/exec/environment.ts';
import { openFailed, type FailedMount, type FailedTree } from '../solve/exec/failed.ts';
import { networkFiles } from '../solve/exec/hosts.ts';
import { showLayers } from '../solve/exec/mount-bind.ts';
import { openStore } from '../store/store.ts';
import { attend, type Attendant } from './run.ts';
import { openSnapshots } from './snapshots.ts';
import type { RunRequest } from './types.ts';

export interface FailedRequest {
  /** As the error of the step named it, or its beginning. */
  readonly id: string;
  /** In place of a shell. */
  readonly args: readonly string[];
  readonly tty: boolean;
  readonly sandbox: RunRequest['sandbox'];
}

/**
 * Opens a shell, or runs a command, in the tree that a failed step left behind, with its environment, user, directory and mounts. The tree
 * stays as it is.
 * @returns the exit code of the shell
 * @throws ToolError NOT_FOUND when there is no such step, or what lay beneath it is gone
 */
export async function runFailedStep(
  ctx: Ctx,
  { id, args, tty, sandbox: wanted }: FailedRequest,
  attendant: Attendant,
): Promise<number> {
  const tree = await openFailed(ctx.home, id);
  const { step } = tree;
  const store = await openStore(ctx);
  const sandbox = await chooseSandbox(ctx, wanted);
  const snapshots = await openSnapshots(ctx, store, sandbox);
  const releases: (() => Promise<void>)[] = [];
  try {
    const root = await rootOf(snapshots, tree, releases);
    const mounts: Mount[] = [];
    for (const mount of step.mounts) mounts.push(...(await again(snapshots, tree, mount, releases)));
    if (step.missing.length > 0) {
      ctx.emit({
        kind: 'warning',
        message: `the shell does not have what was given to the step alone: ${step.missing.join(', ')}`,
      });
    }
    const [program = '/bin/sh', ...rest] = args.length > 0 ? args : [shellOf(step.argv)];
    return await attend(
      ctx,
      sandbox,
      {
        root,
        argv: [program, ...rest],
        env: environment([...(tty ? ['TERM=xterm'] : []), ...step.env], step.user.home),
        cwd: step.cwd,
        user: step.user,
        hostname: step.hostname,
        mounts: [...(await networkFiles(step)), ...mounts],
        network: step.network,
        privileged: step.privileged,
        stdio: tty ? 'tty' : 'inherit',
      },
      attendant,
      { stopTimeout: 10 },
    );
  } finally {
    for (const release of releases) await release();
    await sandbox.close();
  }
}

/** What the step wrote lies beneath an empty directory that the shell writes to. */
async function rootOf(
  snapshots: Snapshots,
  { step, kind, directory }: FailedTree,
  releases: (() => Promise<void>)[],
): Promise<Root> {
  if (kind === 'root') return { kind: 'directory', directory };
  const beneath = await Promise.all(
    step.layers.toReversed().map(async (id) => {
      if (await snapshots.available(id)) return snapshots.directory(id);
      throw new ToolError('NOT_FOUND', 'a layer beneath the failed step is gone', { hint: 'Build again.' });
    }),
  );
  const top = await snapshots.writable([]);
  releases.push(async () => top.discard());
  if (top.kind === 'copy')
    throw new ToolError('SANDBOX_UNAVAILABLE', 'overlayfs worked when the step failed, and does not now');
  const { upper, work, userxattr } = top;
  return { kind: 'overlay', lower: [directory, ...beneath], upper, work, userxattr };
}

async function again(
  snapshots: Snapshots,
  { kind }: FailedTree,
  mount: FailedMount,
  releases: (() => Promise<void>)[],
): Promise<readonly Mount[]> {
  switch (mount.type) {
    case 'directory': {
      const { directory, target, readOnly } = mount;
      return [{ kind: 'bind', source: directory, target, readOnly }];
    }
    case 'tmpfs': {
      const { target, size } = mount;
      return [{ kind: 'tmpfs', target, mode: 0o1777, ...(size !== undefined && { size }) }];
    }
    case 'layers':
    default: {
      const shown = await showLayers(
        { snapshots, overlay: kind === 'upper' },
        mount.layers,
        mount.path,
        mount,
      );
      if (shown.release) releases.push(shown.release);
      return shown.mounts;
    }
  }
}

/** The shell that the step itself was given to. */
function shellOf([program = '']: readonly string[]): string {
  return /(?:^|\/)(?:ba|da|a|z|k|mk)?sh$/.test(program) ? program : '/bin/sh';
}
