import { randomBytes } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { FleetHost } from '../fleet.ts';
import { quoteAll } from '../host/quote.ts';
import { listContainers } from './containers.ts';
import { isRelease } from './logs/select.ts';
import { libraryValues, openLibrary } from './runtime.ts';

export interface ExecRequest {
  readonly argv: readonly string[];
  /** In this release in place of the current one: its id, or the beginning or end of it. */
  readonly release?: string;
  /** In this accessory in place of the service. */
  readonly accessory?: string;
  /** `-u` of docker exec. */
  readonly user?: string;
}

/** What a command in the container of one host gave. */
export interface Executed {
  readonly host: string;
  readonly code: number;
}

/**
 * Runs a command in the container of one host, with our own standard streams. What is run is written into a file of a private directory there, which
 * removes itself: no word of it is in a remote command line.
 * @returns its exit code
 * @throws ToolError RELEASE_UNKNOWN, CONTAINER_FAILED when nothing runs there, HOST_UNREACHABLE
 */
export async function execAttached(
  ctx: Ctx,
  host: FleetHost,
  request: ExecRequest,
  tty: boolean,
): Promise<number> {
  const container = await containerOf(host, request);
  const flags = tty ? ['--interactive', '--tty'] : ['--interactive'];
  const values = { ...libraryValues(host), arguments: argumentsOf(flags, container, request) };
  const script = [
    'rm -rf "${0%/*}"',
    ...Object.entries(values).map(([name, value]) => `${name}=${quoteAll([value])}`),
    openLibrary,
    'eval "set -- $arguments"',
    'rt exec "$@"',
    '',
  ].join('\n');
  const file = await putFile(host, script);
  const code = await host.remote.attach(file, { tty });
  ctx.signal.throwIfAborted();
  host.remote.lost.throwIfAborted();
  return code;
}

/**
 * Runs a command in the container of one host without input. `onOutput` gets what it says.
 * @throws as execAttached
 */
export async function execAlone(
  ctx: Ctx,
  host: FleetHost,
  request: ExecRequest,
  onOutput: (stream: 'stdout' | 'stderr', text: string) => void,
): Promise<Executed> {
  const container = await containerOf(host, request);
  const exit = await host.remote.run(`${openLibrary}eval "set -- $arguments"\nrt exec "$@" </dev/null\n`, {
    values: { ...libraryValues(host), arguments: argumentsOf([], container, request) },
    onOutput,
    signal: ctx.signal,
  });
  return { host: host.host.name, code: exit.code };
}

function argumentsOf(flags: readonly string[], container: string, { argv, user }: ExecRequest): string {
  return quoteAll([...flags, ...(user === undefined ? [] : ['--user', user]), container, ...argv]);
}

async function containerOf(host: FleetHost, { release, accessory }: ExecRequest): Promise<string> {
  const { name } = host.host;
  const { service } = host.agent;
  if (accessory === undefined && release === undefined) {
    const { current } = await host.agent.state();
    if (!current) {
      throw new ToolError('RELEASE_UNKNOWN', `${name}: nothing is deployed`, {
        hint: 'coracle deploy brings a release there.',
      });
    }
    if (!current.running) throw stopped(name, current.container);
    return current.container;
  }
  const all = await listContainers(host, 'service', service);
  const found = all.filter((container) =>
    accessory === undefined
      ? container.kind === 'release' && isRelease(container.release, release ?? '')
      : container.kind === 'accessory' && container.name === `${service}-${accessory}`,
  );
  const [first] = found.toSorted((a, b) => Number(b.running) - Number(a.running));
  if (!first) {
    const what = accessory === undefined ? `release ${release ?? ''}` : `accessory ${accessory}`;
    throw new ToolError('RELEASE_UNKNOWN', `${name}: there is no ${what}`);
  }
  if (!first.running) throw stopped(name, first.name);
  return first.name;
}

function stopped(host: string, container: string): ToolError {
  return new ToolError('CONTAINER_FAILED', `${host}: ${container} does not run`, {
    hint: 'coracle logs shows its last lines, coracle status what serves.',
  });
}

const put = `
umask 077
place=/tmp/coracle-$token
mkdir "$place" && cat >"$place/run"
`;

/** @returns the name of the file on the host */
async function putFile({ remote, host }: FleetHost, text: string): Promise<string> {
  const token = randomBytes(16).toString('hex');
  const exit = await remote.run(put, { values: { token }, input: text, timeout: 30_000 });
  if (exit.code !== 0) {
    throw new ToolError('HOST_UNFIT', `${host.name}: nothing can be written to /tmp`, {
      detail: exit.stderr.slice(0, 2000),
    });
  }
  return `/tmp/coracle-${token}/run`;
}
