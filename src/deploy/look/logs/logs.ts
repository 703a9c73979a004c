import type { Ctx } from '../../../core/ctx.ts';
import { ToolError, isToolError } from '../../../core/errors.ts';
import type { Fleet, FleetHost } from '../../fleet.ts';
import type { DeployOptions, DeploySettings } from '../../types.ts';
import { openToLook } from '../open.ts';
import { followHost } from './follow.ts';
import { pastLines, sourcesOf, type Source } from './past.ts';
import { openPump, type LogSink } from './pump.ts';
import type { LogsRequest, ReadLine } from './select.ts';

/** Lines that are handed on at a time. */
const batch = 200;

/**
 * Shows the logs of all hosts, merged by time; with `follow`, goes on until the signal or until nobody reads. A host that cannot be reached is said and
 * left out.
 * @returns whether all hosts were read
 * @throws ToolError NOT_FOUND when there is no such container on any host, HOST_UNREACHABLE when no host answers
 */
export async function showLogs(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  request: LogsRequest & { readonly follow: boolean },
  sink: LogSink,
): Promise<boolean> {
  const began = ctx.now().getTime();
  const fleet = await openToLook(ctx, settings, options, 'partial');
  const lost = new Set<string>();
  const onLost = async (host: string, { message }: ToolError): Promise<void> => {
    if (!lost.has(host) && !request.follow) await sink.remark(`${host} is left out: ${message}`);
    lost.add(host);
  };
  try {
    for (const { host, error } of fleet.unreachable)
      await sink.remark(`${host.name} is left out: ${error.message}`);
    const found = await Promise.all(
      fleet.hosts.map(async (host) => sourcesOrLost(host, settings.service, request, onLost)),
    );
    const sources = found.flat();
    if (sources.length === 0 && lost.size === 0 && !request.follow) throw nothing(settings, request);
    const stop = new AbortController();
    const signal = AbortSignal.any([ctx.signal, stop.signal]);
    await showPast(pastLines(sources, request, signal, onLost), sink, () => stop.abort());
    if (request.follow && !signal.aborted) {
      await followAll(fleet.hosts, sources, { ctx, settings, options, request, sink, stop, began });
    }
    ctx.signal.throwIfAborted();
    return fleet.unreachable.length === 0 && lost.size === 0;
  } finally {
    await fleet.close();
  }
}

async function sourcesOrLost(
  host: FleetHost,
  service: string,
  request: LogsRequest,
  onLost: (host: string, error: ToolError) => Promise<void>,
): Promise<Source[]> {
  try {
    return await sourcesOf(host, service, request);
  } catch (error) {
    if (!isToolError(error, 'HOST_UNREACHABLE')) throw error;
    await onLost(host.host.name, error);
    return [];
  }
}

async function showPast(lines: AsyncIterable<ReadLine>, sink: LogSink, gone: () => void): Promise<void> {
  let held: ReadLine[] = [];
  const write = async (): Promise<boolean> => {
    const reads = held.length === 0 || (await sink.lines(held));
    held = [];
    return reads;
  };
  for await (const line of lines) {
    held.push(line);
    if (held.length >= batch && !(await write())) return gone();
  }
  if (!(await write())) gone();
}

interface Following {
  readonly ctx: Ctx;
  readonly settings: DeploySettings;
  readonly options: DeployOptions;
  readonly request: LogsRequest;
  readonly sink: LogSink;
  readonly stop: AbortController;
  readonly began: number;
}

async function followAll(
  hosts: readonly FleetHost[],
  sources: readonly Source[],
  { ctx, settings, options, request, sink, stop, began }: Following,
): Promise<void> {
  const pump = openPump(sink, () => stop.abort());
  const signal = AbortSignal.any([ctx.signal, stop.signal]);
  const opened = new Map<string, Fleet>();
  const again = async (name: string): Promise<FleetHost> => {
    await opened.get(name)?.close();
    opened.delete(name);
    const fleet = await openToLook({ ...ctx, signal }, settings, { ...options, hosts: [name] }, 'all');
    opened.set(name, fleet);
    const [host] = fleet.hosts;
    if (!host) throw new ToolError('HOST_UNREACHABLE', `${name} does not answer`);
    return host;
  };
  try {
    await Promise.all(
      hosts.map(async (host) => {
        const own = sources.filter((source) => source.host === host);
        const { name } = host.host;
        await followHost(host, own, {
          service: settings.service,
          request,
          pump,
          signal,
          began,
          again: async () => again(name),
        });
      }),
    );
  } finally {
    stop.abort();
    await pump.end();
    await Promise.all([...opened.values()].map(async (fleet) => fleet.close()));
  }
}

function nothing({ service }: DeploySettings, { whose, release }: LogsRequest): ToolError {
  if (whose.of === 'proxy') return new ToolError('NOT_FOUND', 'no proxy of Coracle is on the hosts');
  if (whose.of === 'accessory')
    return new ToolError('NOT_FOUND', `no accessory ${whose.name} is on the hosts`);
  const what = release === undefined ? 'no release' : `no release ${release}`;
  return new ToolError('NOT_FOUND', `${what} of ${service} has a container on the hosts`, {
    hint:
      release === undefined
        ? 'coracle deploy brings one there.'
        : `coracle logs --failed ${release} shows what was kept of a release that failed.`,
  });
}
