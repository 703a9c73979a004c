import { ToolError, type SourceRange } from '../../core/errors.ts';
import { forwardAgent } from './agent-forward.ts';
import type { MountOf, MountRequest, ReadyMount } from './request.ts';

/**
 * RUN --mount=type=secret: a file in memory, a variable, or both.
 * @throws ToolError SECRET_MISSING when it is required and was not given
 */
export async function secretMount(mount: MountOf<'secret'>, request: MountRequest): Promise<ReadyMount> {
  const bytes = await request.services.secret(mount.id);
  if (!bytes) {
    // As in BuildKit: a variable that may be missing is there, and empty.
    if (!mount.required) return { mounts: [], env: mount.env === undefined ? [] : [`${mount.env}=`] };
    throw missing(
      `the secret ${mount.id}`,
      `--secret id=${mount.id},src=FILE, or --secret id=${mount.id},env=NAME`,
      request.where,
    );
  }
  const { target, env, mode, uid, gid } = mount;
  return {
    mounts: target === undefined ? [] : [{ kind: 'file', target, bytes, mode, uid, gid, readOnly: true }],
    env: env === undefined ? [] : [`${env}=${asVariable(mount.id, bytes, request.where)}`],
  };
}

/** A variable is text that ends at its first NUL. */
function asVariable(id: string, bytes: Uint8Array, where: SourceRange | undefined): string {
  if (!bytes.includes(0)) return Buffer.from(bytes).toString('utf8');
  throw new ToolError('SECRET_MISSING', `the secret ${id} holds a NUL byte and cannot be a variable`, {
    hint: 'Mount it as a file: --mount=type=secret with target= in place of env=.',
    ...(where && { where }),
  });
}

/**
 * RUN --mount=type=ssh: a socket with the user's agent behind it.
 * @param number of the step's SSH mounts, from 0
 * @throws ToolError SECRET_MISSING
 */
export async function sshMount(
  mount: MountOf<'ssh'>,
  number: number,
  request: MountRequest,
): Promise<ReadyMount> {
  const agent = await request.services.ssh(mount.id);
  if (agent === undefined) {
    if (!mount.required) return { mounts: [] };
    const flag = mount.id === 'default' ? '--ssh default' : `--ssh ${mount.id}=SOCKET`;
    throw missing(
      `the SSH agent ${mount.id}`,
      `${flag}, or a key file: --ssh ${mount.id}=KEY`,
      request.where,
    );
  }
  const forwarded = await forwardAgent(agent, request.temp, `agent.${number}`, mount);
  return {
    mounts: [{ kind: 'bind', source: forwarded.socket, target: mount.target, readOnly: false }],
    release: async () => forwarded.close(),
  };
}

function missing(what: string, give: string, where: SourceRange | undefined): ToolError {
  return new ToolError('SECRET_MISSING', `a step needs ${what}, which was not given`, {
    hint: `Give it with ${give}.`,
    ...(where && { where }),
  });
}
