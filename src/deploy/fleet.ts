/** The hosts of an environment as one: all connected at once, each with its agent and, where it runs, its proxy. */
import { closest } from '../core/closest.ts';
import { mapLimit } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError, messageOf } from '../core/errors.ts';
import type { ProxySocket } from '../proxy/types.ts';
import type { Host, Remote } from '../remote/types.ts';
import type { HostAgent } from './host/types.ts';
import type { DeployOptions, DeploySettings } from './types.ts';

export interface Fleet {
  /** In the order of the settings. */
  readonly hosts: readonly FleetHost[];
  /** Empty unless `partial`. */
  readonly unreachable: readonly Unreachable[];
  close(): Promise<void>;
}

export interface FleetHost {
  readonly host: Host;
  readonly remote: Remote;
  readonly agent: HostAgent;
  /** Undefined when no proxy of ours runs there, or none is wanted. */
  readonly proxy: ProxySocket | undefined;
}

export interface Unreachable {
  readonly host: Host;
  readonly error: ToolError;
}

/** What of the settings a fleet depends on. */
export type FleetSettings = Pick<DeploySettings, 'service' | 'hosts' | 'proxy' | 'parallel'>;

export interface FleetOptions extends DeployOptions {
  /** Those that can be reached will do. */
  readonly partial?: boolean;
}

/**
 * Connects to the hosts that are asked for. Without `partial` it is all of them or none: then what is open is closed before the error is thrown.
 * @throws ToolError HOST_UNREACHABLE, HOST_KEY, HOST_UNFIT (whatever the first host has, with the words of all); USAGE for a name that no host has
 */
export async function openFleet(ctx: Ctx, settings: FleetSettings, options: FleetOptions): Promise<Fleet> {
  const wanted = chosen(settings, options.hosts);
  const outcomes = await mapLimit(wanted, Math.max(1, settings.parallel), async (host) =>
    openHost(ctx, host, settings, options),
  );
  const hosts = outcomes.filter((outcome) => 'remote' in outcome);
  const unreachable = outcomes.filter((outcome) => 'error' in outcome);
  const close = async (): Promise<void> => {
    await Promise.all(
      hosts.map(async ({ remote, proxy }) => {
        await proxy?.close().catch(() => undefined);
        await remote.close();
      }),
    );
  };
  if (ctx.signal.aborted || (unreachable.length > 0 && options.partial !== true)) {
    await close();
    ctx.signal.throwIfAborted();
    throw together(unreachable, wanted.length);
  }
  return { hosts, unreachable, close };
}

function chosen(settings: FleetSettings, names: readonly string[] | undefined): readonly Host[] {
  const known = settings.hosts.map(({ name }) => name);
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    throw new ToolError('USAGE', `no host is called ${JSON.stringify(name)}`, {
      hint: near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${near}?`,
    });
  }
  return settings.hosts.filter(({ name }) => names === undefined || names.includes(name));
}

async function openHost(
  ctx: Ctx,
  host: Host,
  settings: FleetSettings,
  options: FleetOptions,
): Promise<FleetHost | Unreachable> {
  const tell = (state: 'started' | 'done' | 'failed', note?: string): void =>
    ctx.emit({
      ...{ kind: 'host', host: host.name, phase: 'connect', state, at: ctx.now().getTime() },
      ...(note === undefined ? {} : { note }),
    });
  tell('started');
  let remote: Remote | undefined;
  try {
    const { connectHost } = await import('../remote/connect.ts');
    remote = await connectHost(ctx, host, {
      ...(options.sshConfig === undefined ? {} : { configFile: options.sshConfig }),
    });
    const { openAgent } = await import('./host/agent.ts');
    const agent = await openAgent(ctx, remote, settings.service);
    const proxy = settings.proxy && (await proxyOf(remote, agent));
    tell('done', `${agent.facts.runtime} ${agent.facts.runtimeVersion}`);
    return { host, remote, agent, proxy };
  } catch (error) {
    await remote?.close();
    tell('failed', messageOf(error).split('\n', 1)[0]);
    // What is no ToolError is a bug of ours; the other connections must be closed all the same.
    const known = isToolError(error) ? error : new ToolError('INTERNAL', messageOf(error), { cause: error });
    return { host, error: known };
  }
}

async function proxyOf(remote: Remote, agent: HostAgent): Promise<ProxySocket | undefined> {
  const { openProxySocket } = await import('../proxy/socket.ts');
  const socket = await remote.forwardSocket(`${agent.facts.directory}/proxy/run/haproxy.sock`);
  try {
    return await openProxySocket(socket);
  } catch (error) {
    if (isToolError(error, 'PROXY_UNREACHABLE')) return undefined;
    throw error;
  }
}

/** One error for all: the code and the advice are those of the first. */
function together(unreachable: readonly Unreachable[], all: number): ToolError {
  const [first, ...others] = unreachable.map(({ error }) => error);
  if (first === undefined) return new ToolError('INTERNAL', 'no host failed');
  if (others.length === 0) return first;
  const message = [first, ...others].map((error) => error.message).join('; ');
  return new ToolError(first.code, `${unreachable.length} of ${all} hosts: ${message}`, {
    cause: first,
    retryable: first.retryable,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    ...(first.detail === undefined ? {} : { detail: first.detail }),
  });
}
