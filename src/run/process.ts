import { ToolError } from '../core/errors.ts';
import type { ContainerConfig } from '../oci/types.ts';
import type { Mount, ProcessSpec } from '../sandbox/types.ts';
import { environment } from '../solve/exec/environment.ts';
import type { ProcessUser } from '../solve/exec/user.ts';
import type { ProcessRequest } from './types.ts';

/** What has been found out for the process. */
export interface Found {
  readonly user: ProcessUser;
  readonly hostname: string;
  /** Of `-e` and `--env-file`. */
  readonly variables: readonly string[];
  readonly mounts: readonly Mount[];
}

/** All of a process but its root. */
export type RootlessSpec = Omit<ProcessSpec, 'root'>;

/**
 * The process that an image's config and the user's flags come to, by Docker's rules.
 * @throws ToolError USAGE when neither says what to run
 */
export function processOf(
  config: ContainerConfig,
  request: ProcessRequest,
  args: readonly string[],
  found: Found,
): RootlessSpec {
  const { user, hostname, variables, mounts } = found;
  const own = [`HOSTNAME=${hostname}`, ...(request.tty ? ['TERM=xterm'] : [])];
  const { memory, cpus, pids } = request;
  const limits = {
    ...(memory !== undefined && { memory }),
    ...(cpus !== undefined && { cpus }),
    ...(pids !== undefined && { pids }),
  };
  return {
    argv: argvOf(config, request.entrypoint, args),
    env: environment([...own, ...(config.Env ?? []), ...variables], user.home),
    cwd: absolute(request.workdir ?? config.WorkingDir ?? ''),
    user,
    hostname,
    mounts,
    network: request.network,
    ...(request.readOnly && { readOnlyRoot: true }),
    ...(request.shmSize !== undefined && { shmSize: request.shmSize }),
    ulimits: request.ulimits,
    ...(Object.keys(limits).length > 0 && { limits }),
    capAdd: request.capAdd,
    capDrop: request.capDrop,
    stdio: request.tty ? 'tty' : 'inherit',
  };
}

/** ENTRYPOINT and behind it CMD; arguments stand in place of CMD, and another entry point has nothing to do with the image's CMD. */
function argvOf(
  config: ContainerConfig,
  entrypoint: string | undefined,
  args: readonly string[],
): [string, ...string[]] {
  const first = entrypoint === undefined ? (config.Entrypoint ?? []) : entrypoint === '' ? [] : [entrypoint];
  const behind = args.length > 0 || entrypoint !== undefined ? args : (config.Cmd ?? []);
  const [program, ...rest] = [...first, ...behind];
  if (program !== undefined && program !== '') return [program, ...rest];
  throw new ToolError('USAGE', 'the image does not say what to run', {
    hint: 'Say it behind --, as in coracle run IMAGE -- /bin/sh.',
  });
}

function absolute(directory: string): string {
  return directory.startsWith('/') ? directory : `/${directory}`;
}
