import { setTimeout as sleep } from 'node:timers/promises';
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

/** Milliseconds between signs of us. */
const beat = 10_000;

/**
 * sshd only closes the pipes of a session whose connection is lost: what runs in it and says nothing would stay for ever. So something beside it waits
 * for our signs, and ends its process group when they do not come. Standard input is taken.
 */
const guard = `exec 3<&0 </dev/null
{
  while timeout 60 sh -c 'read -r line' <&3 3<&-; do :; done
  kill -TERM -$$
} >/dev/null 2>&1 &
exec 3<&-
`;

/** Follows the output of a script of `rt`, which ends there when it ends here, the signal comes or the connection is lost. */
export async function follow(
  host: FleetHost,
  script: string,
  values: Values,
  signal: AbortSignal,
): Promise<Streamed> {
  const over = new AbortController();
  const streamed = await host.remote.stream(guard + openLibrary + script, {
    values: { ...values, ...libraryValues(host) },
    input: signs(over.signal),
    signal,
  });
  streamed.stdout.once('close', () => over.abort());
  return streamed;
}

async function* signs(over: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  while (!over.aborted) {
    yield Buffer.from('.\n');
    await sleep(beat, undefined, { signal: over }).catch(() => undefined);
  }
}

function refused(host: FleetHost, what: string, exit: Exit): ToolError {
  return new ToolError('COMMAND_FAILED', `${host.host.name}: ${what}`, {
    detail: exit.stderr.slice(0, 2000),
  });
}
