import { levels, type Entry, type Level, type LogLine } from './line.ts';
import type { LookedAt } from '../containers.ts';

/** Whose lines: those of the service's releases, of the hosts' proxies, or of an accessory. */
export type Whose =
  { readonly of: 'releases' | 'proxy' } | { readonly of: 'accessory'; readonly name: string };

export interface LogsRequest {
  readonly whose: Whose;
  /** Only of this release: its id, or the end of it. */
  readonly release?: string;
  /** The last lines that fit, of all hosts together; all without it. */
  readonly tail: number | undefined;
  /** Milliseconds since the epoch, by our clock. */
  readonly since?: number;
  readonly level?: Level;
  readonly grep?: RegExp;
}

/** A line with what it says. */
export interface ReadLine {
  readonly at: number;
  readonly line: LogLine;
  readonly entry: Entry;
}

/** Containers of a host that are read at once: one connection has no room for more. */
const most = 8;

/** The containers whose lines are asked for: those that run, and the newest of those that are kept. */
export function chosenContainers(
  all: readonly LookedAt[],
  service: string,
  request: LogsRequest,
): readonly LookedAt[] {
  return all
    .filter((container) => containerFits(container, service, request))
    .toSorted((a, b) => Number(b.running) - Number(a.running) || (a.release < b.release ? 1 : -1))
    .slice(0, most);
}

function containerFits(container: LookedAt, service: string, { whose, release }: LogsRequest): boolean {
  if (whose.of === 'proxy') return container.kind === 'proxy';
  if (whose.of === 'accessory')
    return container.kind === 'accessory' && container.name === `${service}-${whose.name}`;
  if (container.kind !== 'release') return false;
  return release === undefined || isRelease(container.release, release);
}

/** A release by its id, or by how that begins or ends: people name it by its time or by its image. */
export function isRelease(id: string, said: string): boolean {
  return said !== '' && (id.startsWith(said) || id.endsWith(said));
}

/** Whether a line is asked for. One that says no level counts as `info`. */
export function lineFits({ line, entry }: ReadLine, { level, grep }: LogsRequest): boolean {
  if (level !== undefined && levels.indexOf(entry.level ?? 'info') < levels.indexOf(level)) return false;
  return grep === undefined || grep.test(line.text);
}

/** Whether every line of a container is asked for, so that the host can count them. */
export function takesAll({ level, grep }: LogsRequest): boolean {
  return level === undefined && grep === undefined;
}
