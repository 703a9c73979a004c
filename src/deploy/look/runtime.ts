import { ToolError } from '../../core/errors.ts';
import type { Exit } from '../../core/exec.ts';
import type { Streamed } from '../../remote/types.ts';
import type { FleetHost } from '../fleet.ts';

/** `rt` is the container runtime of the host, as host-base.sh of deploy/host keeps it in `$directory/runtime`. */
const prologue = `
read -r runtime runtime_name runtime_host rest <"$directory/runtime" || { echo 'the container runtime of this host is not known' >&2; exit 64; }
if [ "$runtime_host" != - ]; then
  DOCKER_HOST=$runtime_host
  export DOCKER_HOST
fi
rt() {
  case $runtime_name in
    -) command "$runtime" "$@" ;;
    *) command "$runtime" --runtime "$runtime_name" "$@" ;;
  esac
}
`;

type Values = Readonly<Record<string, string>>;

/** Runs a script that uses `rt` and looks only. @throws ToolError COMMAND_FAILED, with the host's words, HOST_UNREACHABLE */
export async function ask(
  host: FleetHost,
  script: string,
  values: Values,
  what: string,
  timeout = 30_000,
): Promise<string> {
  const exit = await host.remote.run(prologue + script, {
    values: { directory: host.agent.facts.directory, ...values },
    timeout,
  });
  if (exit.code !== 0) throw refused(host, what, exit);
  return exit.stdout;
}

/** Follows the output of a script that uses `rt`. */
export async function follow(
  host: FleetHost,
  script: string,
  values: Values,
  signal: AbortSignal,
): Promise<Streamed> {
  return host.remote.stream(prologue + script, {
    values: { directory: host.agent.facts.directory, ...values },
    signal,
  });
}

export function refused(host: FleetHost, what: string, exit: Exit): ToolError {
  return new ToolError('COMMAND_FAILED', `${host.host.name}: ${what}`, {
    detail: exit.stderr.slice(0, 2000),
  });
}
