import { ToolError } from '../../../core/errors.ts';
import type { Exit } from '../../../core/exec.ts';
import type { FleetHost } from '../../fleet.ts';
import type { LookedAt } from '../containers.ts';
import { follow } from '../runtime.ts';
import { entryReader } from './parse/entry.ts';
import type { ReadLine } from './select.ts';
import { linesOf } from './split.ts';
import { readStamp, type Stamped } from './stamp.ts';

/** How far a container's log was read. A stream that is begun again goes on behind it. */
export interface Position {
  stamp: string;
  at: number;
  /** Lines of that very time. */
  count: number;
}

export interface ReadOptions {
  readonly follow: boolean;
  /** Lines at the end of what is there; all without it. */
  readonly tail?: number;
  /** Microseconds since the epoch, by the host's clock. */
  readonly since?: number;
  readonly signal: AbortSignal;
}

const script = `
set -- --timestamps
[ "$follow" = no ] || set -- "$@" --follow
[ -z "$tail" ] || set -- "$@" --tail "$tail"
[ -z "$since" ] || set -- "$@" --since "$since"
rt logs "$@" "$container" 2>&1
`;

/** A clock that is off by less counts as right: the way there and back is in the figure. */
const clockTolerance = 1000;

/** What is taken off the host's times to have ours; microseconds. */
export function clockShift({ agent }: FleetHost): number {
  const { clockAhead } = agent.facts;
  return Math.abs(clockAhead) < clockTolerance ? 0 : Math.round(clockAhead * 1000);
}

/**
 * Lines of one container, at the reader's pace, behind `position`, which moves with them.
 * @throws ToolError HOST_UNREACHABLE
 */
export async function* readContainer(
  host: FleetHost,
  container: LookedAt,
  position: Position,
  options: ReadOptions,
): AsyncGenerator<ReadLine, void, undefined> {
  const { stdout, ended } = await follow(
    host,
    script,
    valuesOf(container, position, options),
    options.signal,
  );
  const read = entryReader();
  const skip = { ...position, left: position.count };
  const shift = clockShift(host);
  const release = container.release === '' ? container.name : container.release;
  let last: Stamped | undefined;
  for await (const text of linesOf(stdout)) {
    // The runtime's own words (its log was rotated away, the container is gone) come without a time.
    const stamped = readStamp(text) ?? { stamp: last?.stamp ?? '', at: last?.at ?? position.at, text };
    if (wasRead(stamped, skip)) continue;
    last = stamped;
    advance(position, stamped);
    const at = stamped.at - shift;
    const entry = read(stamped.text);
    yield {
      at,
      entry,
      line: { host: host.host.name, release, at, stamp: stamped.stamp, text: stamped.text },
    };
  }
  if (!options.signal.aborted) checkEnd(host, await ended);
}

/** The end of a stream is not the end of the log when it was the connection that ended, which may be told later. */
function checkEnd({ host, remote }: FleetHost, { code }: Exit): void {
  remote.lost.throwIfAborted();
  if (code !== 255) return;
  throw new ToolError('HOST_UNREACHABLE', `the connection to ${host.name} was lost`, { retryable: true });
}

function valuesOf(container: LookedAt, position: Position, options: ReadOptions): Record<string, string> {
  // Docker gives what is at that time too, Podman only what is behind it: a little earlier suits both.
  const since = position.at > 0 ? position.at - 1000 : options.since;
  return {
    container: container.name,
    follow: options.follow ? 'yes' : 'no',
    tail: options.tail === undefined ? '' : String(options.tail),
    since: since === undefined ? '' : new Date(Math.floor(since / 1000)).toISOString(),
  };
}

function wasRead(line: Stamped, skip: Position & { left: number }): boolean {
  if (skip.count === 0 || line.at > skip.at) return false;
  if (line.stamp !== skip.stamp) return line.at < skip.at || line.stamp < skip.stamp;
  skip.left--;
  return skip.left >= 0;
}

/** The two outputs of a program are copied apart from each other, so that a line may be a little older than the one before it. */
function advance(position: Position, { stamp, at }: Stamped): void {
  if (at < position.at) return;
  position.count = position.stamp === stamp ? position.count + 1 : 1;
  position.stamp = stamp;
  position.at = at;
}

/** @param from microseconds by the host's clock: nothing before it is wanted */
export function unread(from = 0): Position {
  return { stamp: '', at: from, count: 0 };
}
