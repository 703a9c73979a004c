import type { Mount } from '../../sandbox/types.ts';
import type { ExecMount } from '../graph.ts';
import type { FailedMount } from './failed.ts';
import { bindMount } from './mount-bind.ts';
import { cacheMount } from './mount-cache.ts';
import { secretMount, sshMount } from './mount-secret.ts';
import type { MountRequest, ReadyMount } from './request.ts';

/** A step's mounts, in the order in which they are to be mounted. */
export interface ReadyMounts {
  readonly mounts: readonly Mount[];
  /** `NAME=VALUE` where the step says nothing of the name. */
  readonly defaults: readonly string[];
  /** `NAME=VALUE` whatever the step says. */
  readonly env: readonly string[];
  readonly again: readonly FailedMount[];
  /** Those that `again` lacks, for people. */
  readonly missing: readonly string[];
  release(): Promise<void>;
}

/**
 * Makes a step's mounts ready. What was made is released again when one of them fails.
 * @throws ToolError SECRET_MISSING, NOT_FOUND
 */
export async function prepareMounts(
  mounts: readonly ExecMount[],
  request: MountRequest,
): Promise<ReadyMounts> {
  const ready = new Map<ExecMount, ReadyMount>();
  const release = async (): Promise<void> => {
    for (const mount of ready.values()) await mount.release?.();
  };
  try {
    // One after the other, and what may have to be waited for in the same order everywhere: two steps never wait for each other.
    for (const mount of mounts.toSorted(byWaiting)) ready.set(mount, await prepare(mount, mounts, request));
  } catch (error) {
    await release();
    throw error;
  }
  const inOrder = mounts.flatMap((mount) => ready.get(mount) ?? []);
  const ssh = mounts.find((mount) => mount.type === 'ssh');
  return {
    mounts: inOrder.flatMap((mount) => mount.mounts),
    defaults: ssh ? [`SSH_AUTH_SOCK=${ssh.target}`] : [],
    env: inOrder.flatMap((mount) => mount.env ?? []),
    again: inOrder.flatMap((mount) => mount.again ?? []),
    missing: mounts.flatMap((mount) =>
      mount.type === 'secret' || mount.type === 'ssh' ? [`${mount.type} ${mount.id}`] : [],
    ),
    release,
  };
}

function byWaiting(a: ExecMount, b: ExecMount): number {
  const name = (mount: ExecMount): string => (mount.type === 'cache' ? `1 ${mount.id}` : '0');
  return name(a) < name(b) ? -1 : Number(name(a) > name(b));
}

async function prepare(
  mount: ExecMount,
  all: readonly ExecMount[],
  request: MountRequest,
): Promise<ReadyMount> {
  switch (mount.type) {
    case 'bind':
      return bindMount(mount, request);
    case 'cache':
      return cacheMount(mount, request);
    case 'secret':
      return secretMount(mount, request);
    case 'ssh':
      return sshMount(mount, all.indexOf(mount), request);
    case 'tmpfs':
    default: {
      const { target, size } = mount;
      const sized = size === undefined ? {} : { size };
      return {
        mounts: [{ kind: 'tmpfs', target, mode: 0o1777, ...sized }],
        again: { type: 'tmpfs', target, ...sized },
      };
    }
  }
}
