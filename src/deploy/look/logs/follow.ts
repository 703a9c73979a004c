import { setTimeout as sleep } from 'node:timers/promises';
import { isToolError } from '../../../core/errors.ts';
import type { FleetHost } from '../../fleet.ts';
import { listFunction, readContainers, type LookedAt } from '../containers.ts';
import { follow } from '../runtime.ts';
import type { Source } from './past.ts';
import type { Pump } from './pump.ts';
import { clockShift, readContainer, unread, type Position } from './read.ts';
import { chosenContainers, lineFits, type LogsRequest } from './select.ts';
import { linesOf } from './split.ts';

/** A release may start at any time: what containers there are is looked at again and again. A line with a dot ends each look. */
const watch = `${listFunction}
before=
while :; do
  now=$(list "$label" "$value") || exit 1
  if [ "$now" != "$before" ]; then
    printf '%s\\n.\\n' "$now"
    before=$now
  fi
  sleep 2
done
`;

/** Milliseconds between tries to reach a host again. */
const patience = [1000, 2000, 5000, 10_000];

/** What is known of a host's containers, whatever becomes of the connection. */
interface Followed {
  readonly service: string;
  readonly request: LogsRequest;
  readonly pump: Pump;
  readonly signal: AbortSignal;
  /** Of a container that was not read before, nothing older is wanted; microseconds by the host's clock. */
  readonly from: number;
  readonly positions: Map<string, Position>;
  /** Containers whose log was read to its end, by name and start. */
  readonly ended: Set<string>;
}

export interface FollowOptions extends Pick<Followed, 'service' | 'request' | 'pump' | 'signal'> {
  /** Connects to the host anew. @throws ToolError */
  readonly again: () => Promise<FleetHost>;
  /** When the command began, milliseconds since the epoch: of what was there and could not be read, later lines are shown. */
  readonly began: number;
}

/** Follows the logs of one host until the signal, whatever becomes of the connection. `sources` are those that were read before. */
export async function followHost(
  host: FleetHost,
  sources: readonly Source[],
  { again, began, ...options }: FollowOptions,
): Promise<void> {
  const { request } = options;
  const from = request.tail === undefined ? 0 : (began + host.agent.facts.clockAhead) * 1000;
  const followed: Followed = {
    ...options,
    from,
    positions: new Map(
      sources.map(({ container, position }) => [container.name, position.at === 0 ? unread(from) : position]),
    ),
    ended: new Set(
      sources.filter(({ container }) => !container.running).map(({ container }) => keyOf(container)),
    ),
  };
  const { signal, pump } = options;
  let connected: FleetHost | undefined = host;
  while (connected && !signal.aborted) {
    try {
      await followConnection(connected, followed);
      if (!signal.aborted)
        await pump.remark(`${host.host.name}: its containers cannot be listed; trying again`);
    } catch (error) {
      if (signal.aborted) break;
      if (!isToolError(error)) throw error;
      await pump.remark(`${host.host.name}: ${error.message}; trying again`);
    }
    connected = await reconnect(host, again, options);
  }
}

async function reconnect(
  { host: { name } }: FleetHost,
  again: () => Promise<FleetHost>,
  { signal, pump }: Pick<Followed, 'signal' | 'pump'>,
): Promise<FleetHost | undefined> {
  for (let tries = 0; !signal.aborted; tries++) {
    await sleep(patience[tries] ?? patience.at(-1), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    try {
      const connected = await again();
      await pump.remark(`${name}: followed again`);
      return connected;
    } catch (error) {
      if (!isToolError(error)) throw error;
    }
  }
  return undefined;
}

/** Until the connection or the signal ends. @throws ToolError when it is the connection */
async function followConnection(host: FleetHost, followed: Followed): Promise<void> {
  const { signal } = followed;
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal, host.remote.lost]);
  const running = new Map<string, Promise<void>>();
  try {
    for await (const containers of watchContainers(host, followed, both)) {
      for (const container of containers) {
        const key = keyOf(container);
        if (running.has(key) || followed.ended.has(key)) continue;
        const reading = followContainer(host, container, followed, both).then(
          () => {
            // One that runs may be asked for again: its runtime was restarted beneath it.
            if (!container.running) followed.ended.add(key);
            running.delete(key);
          },
          () => void running.delete(key), // the watch says what became of the host
        );
        running.set(key, reading);
      }
    }
  } finally {
    ending.abort();
    await Promise.all(running.values());
  }
  // The end of a session is told before the end of the connection that it was part of.
  if (!signal.aborted) await sleep(500);
  host.remote.lost.throwIfAborted();
}

async function* watchContainers(
  host: FleetHost,
  { service, request, signal }: Followed,
  ends: AbortSignal,
): AsyncGenerator<readonly LookedAt[], void, undefined> {
  const proxy = request.whose.of === 'proxy';
  const values = { label: proxy ? 'kind' : 'service', value: proxy ? 'proxy' : service };
  const { stdout } = await follow(host, watch, values, ends);
  let lines: string[] = [];
  try {
    for await (const line of linesOf(stdout)) {
      if (line === '.') {
        yield chosenContainers(readContainers(lines.join('\n')), service, request);
        lines = [];
      } else if (lines.length < 1000) lines.push(line);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function followContainer(
  host: FleetHost,
  container: LookedAt,
  { positions, from, request, pump }: Followed,
  signal: AbortSignal,
): Promise<void> {
  const position = positions.get(container.name) ?? unread(from);
  positions.set(container.name, position);
  const { since } = request;
  const lines = readContainer(host, container, position, {
    follow: container.running,
    signal,
    ...(since === undefined ? {} : { since: since * 1000 + clockShift(host) }),
  });
  for await (const line of lines) if (lineFits(line, request)) await pump.push(line);
}

function keyOf({ name, started }: LookedAt): string {
  return `${name} ${started}`;
}
