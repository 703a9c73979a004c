import { isToolError, type ToolError } from '../../../core/errors.ts';
import type { FleetHost } from '../../fleet.ts';
import { listContainers, type LookedAt } from '../containers.ts';
import { mergeByTime } from './merge.ts';
import { clockShift, readContainer, unread, type Position } from './read.ts';
import { chosenContainers, lineFits, takesAll, type LogsRequest, type ReadLine } from './select.ts';

/** A container whose lines were asked for, and how far they were read. */
export interface Source {
  readonly host: FleetHost;
  readonly container: LookedAt;
  readonly position: Position;
}

/** The containers of one host whose lines are asked for. @throws ToolError HOST_UNREACHABLE, COMMAND_FAILED */
export async function sourcesOf(host: FleetHost, service: string, request: LogsRequest): Promise<Source[]> {
  const proxy = request.whose.of === 'proxy';
  const all = await listContainers(host, proxy ? 'kind' : 'service', proxy ? 'proxy' : service);
  return chosenContainers(all, service, request).map((container) => ({
    host,
    container,
    position: unread(),
  }));
}

/**
 * Lines that there are, merged by time exactly, at the reader's pace; the positions of the sources move with them. Of a host that is lost meanwhile,
 * `lost` is told, and the rest goes on.
 */
export async function* pastLines(
  sources: readonly Source[],
  request: LogsRequest,
  signal: AbortSignal,
  lost: (host: string, error: ToolError) => Promise<void>,
): AsyncGenerator<ReadLine, void, undefined> {
  const merged = mergeByTime(sources.map((source) => sourceLines(source, request, signal, lost)));
  if (request.tail === undefined) {
    for await (const line of merged) if (lineFits(line, request)) yield line;
    return;
  }
  yield* await lastOf(merged, request, request.tail);
}

/** The last `count` lines that fit. Only so many are held. */
async function lastOf(
  lines: AsyncIterable<ReadLine>,
  request: LogsRequest,
  count: number,
): Promise<ReadLine[]> {
  const ring: ReadLine[] = [];
  let next = 0;
  for await (const line of lines) {
    if (count === 0 || !lineFits(line, request)) continue;
    ring[next] = line;
    next = (next + 1) % count;
  }
  return [...ring.slice(next), ...ring.slice(0, next)];
}

async function* sourceLines(
  { host, container, position }: Source,
  request: LogsRequest,
  signal: AbortSignal,
  lost: (host: string, error: ToolError) => Promise<void>,
): AsyncGenerator<ReadLine, void, undefined> {
  const { tail, since } = request;
  try {
    yield* readContainer(host, container, position, {
      follow: false,
      signal,
      // One line at least is read, to know from where on to follow.
      ...(tail !== undefined && takesAll(request) ? { tail: Math.max(1, tail) } : {}),
      ...(since === undefined ? {} : { since: since * 1000 + clockShift(host) }),
    });
  } catch (error) {
    if (!isToolError(error, 'HOST_UNREACHABLE')) throw error;
    await lost(host.host.name, error);
  }
}
