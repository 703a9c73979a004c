import { ToolError } from '../../core/errors.ts';

/**
 * Names that mean something to a shell, to a container runtime's client or to what that starts: a container gets these through a file that the client
 * reads, not through the client's own environment.
 */
const meaningful =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|SHELLOPTS|BASH.*|IFS|ENV|PWD|OLDPWD|PPID|UID|EUID|OPTARG|OPTIND|OPTERR|PS[0-9]|RANDOM|SECONDS|LINENO|FUNCNAME|HOSTNAME|TERM|LANG|LC_.*|TZ|TMPDIR|LD_.*|GLIBC_.*|GCONV_PATH|DOCKER_.*|CONTAINER.*|PODMAN_.*|BUILDAH_.*|STORAGE_.*|REGISTRY_.*|XDG_.*|DBUS_.*|GO.*|SSL_.*|SSH_.*|OTEL_.*|.*_PROXY|NOTIFY_SOCKET|LISTEN_.*|CGO_.*|GODEBUG)$/;

/** How a container's variables travel to its runtime: no value is in a command line. */
export interface ClientEnvironment {
  /** Arguments for the runtime. */
  readonly arguments: readonly string[];
  /** Variables of the script. */
  readonly values: Readonly<Record<string, string>>;
}

/** @throws ToolError CONFIG_INVALID for a variable that cannot be handed over */
export function clientEnvironment(variables: Readonly<Record<string, string>>): ClientEnvironment {
  const all = Object.entries(variables);
  // Small letters are our own scripts' variables.
  const exported = all.filter(([name]) => /^[A-Z][A-Z0-9_]*$/.test(name) && !meaningful.test(name));
  const filed = all.filter((entry) => !exported.includes(entry));
  for (const [name, value] of filed) checkLine(name, value);
  return {
    arguments: [
      ...(filed.length > 0 ? ['--env-file', '/dev/stdin'] : []),
      ...exported.flatMap(([name]) => ['--env', name]),
    ],
    values: {
      env_names: exported.map(([name]) => name).join(' '),
      env_file: filed.map(([name, value]) => `${name}=${value}`).join('\n'),
      ...Object.fromEntries(exported.map(([name, value]) => [`value_${name}`, value])),
    },
  };
}

function checkLine(name: string, value: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
    throw new ToolError('CONFIG_INVALID', `${JSON.stringify(name)} is no name of a variable`);
  if (!/[\n\r\0]/.test(value)) return;
  throw new ToolError('CONFIG_INVALID', `the value of ${name} has more than one line`, {
    hint: 'Only variables in capital letters can have several lines, and not those that a shell or a runtime uses itself.',
  });
}
