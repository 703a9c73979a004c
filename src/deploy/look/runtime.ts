import { ToolError } from '../../core/errors.ts';
import type { Exit } from '../../core/exec.ts';
import type { Streamed } from '../../remote/types.ts';
import type { FleetHost } from '../fleet.ts';
import { loadLibrary, readLibrary } from '../host/library.ts';

/** `rt` is the container runtime from here on, `$records` where the service's records are. */
export const openLibrary = `${loadLibrary}open_records\nopen_runtime\n`;

type Values = Readonly<Record<string, string>>;

/** What scripts that begin with `openLibrary` are given. */
export function libraryValues({ agent }: FleetHost): Values {
  const { digest } = readLibrary();
  return { directory: agent.facts.directory, service: agent.service, digest };
}

/** Runs a script of `rt` that only looks. @throws ToolError COMMAND_FAILED with the host's words, HOST_UNREACHABLE */
export async function ask(
  host: FleetHost,
  script: string,
  values: Values,
  what: string,
  timeout = 30_000,
): Promise<string> {
  const exit = await host.remote.run(openLibrary + script, {
    values: { ...values, ...libraryValues(host) },
    timeout,
  });
  if (exit.code !== 0) throw refused(host, what, exit);
  return exit.stdout;
}

/** Follows the output of a script of `rt`. */
export async function follow(
  host: FleetHost,
  script: string,
  values: Values,
  signal: AbortSignal,
): Promise<Streamed> {
  return host.remote.stream(openLibrary + script, {
    values: { ...values, ...libraryValues(host) },
    signal,
  });
}

function refused(host: FleetHost, what: string, exit: Exit): ToolError {
  return new ToolError('COMMAND_FAILED', `${host.host.name}: ${what}`, {
    detail: exit.stderr.slice(0, 2000),
  });
}
