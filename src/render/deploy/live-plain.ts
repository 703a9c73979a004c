import type { Answers, HostPhase, Traffic } from '../../core/event.ts';
import { count, errorWords, latencyWords } from './live-figures.ts';
import type { LiveState } from './live-state.ts';
import { duration } from '../units.ts';

const words = { started: 'began', done: 'DONE', failed: 'FAILED', undone: 'UNDONE' } as const;

/** One change of one host, as a line of a log: `12:03:04Z web1 image DONE 0.7s (5.8 MB)`. `state` has taken the event already. */
export function hostLine(state: LiveState, event: HostPhase): string {
  const cell = state.hosts.get(event.host)?.cells[event.phase];
  const took =
    cell === undefined || (event.state !== 'done' && event.state !== 'failed')
      ? ''
      : ` ${(Math.max(0, event.at - cell.startedAt) / 1000).toFixed(1)}s`;
  const note = event.note === undefined || event.note === '' ? '' : ` (${event.note})`;
  return `${time(event.at)} ${event.host} ${event.phase} ${words[event.state]}${took}${note}`;
}

/** `12:03:04Z 25 % to the new: 1,204 requests, 0 errors, 12 ms; old: 3,611 requests, 2 errors (0.1 %), 11 ms; 1 m 20 s left`. */
export function trafficLine({ at, share, fresh, old, left }: Traffic): string {
  const parts = [
    `${share} % to the new: ${answers(fresh)}`,
    ...(old ? [`old: ${answers(old)}`] : []),
    ...(left > 0 ? [`${duration(left)} left`] : []),
  ];
  return `${time(at)} ${parts.join('; ')}`;
}

/** `1,204 requests, 0 errors, 12 ms`. */
export function answers(of: Answers): string {
  const latency = of.latency === undefined ? [] : [latencyWords(of.latency)];
  return [`${count(of.requests)} requests`, errorWords(of), ...latency].join(', ');
}

/** Time of day in UTC, as logs of hosts have it. */
function time(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}
