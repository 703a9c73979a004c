import type { FleetStatus, HostStatus } from '../../deploy/types.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { displayWidth } from '../width.ts';

/** The whole in one line, hosts as rows, what is unusual below its row, and what to do. */
export function renderStatus(status: FleetStatus, now: number, style: Style, columns: number): string {
  const head = ['HOST', 'RELEASE', 'SINCE', 'STATE', 'PROXY', 'RUNTIME'];
  const rows = status.hosts.map((host) => cellsOf(host, now));
  const widths = head.map((name, at) =>
    Math.max(...[[...head], ...rows].map((row) => displayWidth(row[at] ?? name))),
  );
  // The runtime is the least of them: it goes when there is no room.
  const whole = widths.reduce((sum, width) => sum + width + 2, -2) <= columns;
  const line = (cells: readonly string[]): string =>
    (whole ? cells : cells.slice(0, -1))
      .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell))))
      .join('  ')
      .trimEnd();
  const lines = status.hosts.flatMap((host, index) => [
    host.error === undefined ? line(rows[index] ?? []) : style.red(line(rows[index] ?? [])),
    ...notesOf(host).map((note) => `  ${style.yellow(note)}`),
  ]);
  const name = style.bold(safe(status.service));
  const colour = status.state === 'one version' && status.next === undefined ? style.green : style.yellow;
  return [
    `${name}  ${colour(status.state)}`,
    safe(status.summary),
    ...(status.hosts.length === 0 ? [] : ['', style.dim(line(head)), ...lines]),
    ...(status.next === undefined ? [] : ['', `${style.cyan('hint:')} ${safe(status.next)}`]),
  ].join('\n');
}

function cellsOf({ host, state, container, proxy, facts, error }: HostStatus, now: number): string[] {
  const current = state?.current;
  return [
    safe(host),
    error === undefined ? safe(current?.release.id ?? '-') : 'unknown',
    container?.running === true ? since(container.startedAt, now) : '-',
    stateOf(container, current !== undefined),
    proxy ?? '-',
    facts === undefined
      ? '-'
      : safe(`${facts.runtime} ${facts.runtimeVersion}${facts.rootless ? ' rootless' : ''}`),
  ];
}

function stateOf(container: HostStatus['container'], deployed: boolean): string {
  if (!container) return deployed ? 'gone' : '-';
  if (!container.running) return 'stopped';
  if (container.restarts === 0) return 'running';
  return `running, ${container.restarts} restart${container.restarts === 1 ? '' : 's'}`;
}

/** What is not as always: who holds the lock, what is pending, what nobody knows of, what went wrong. */
function notesOf({ state, error }: HostStatus): string[] {
  const lock = state?.lock;
  const pending = state?.pending;
  const notes = [
    error && `${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`,
    lock && `locked by ${lock.by}: ${lock.what}`,
    pending &&
      `${pending.release.id} is ${pending.prepared ? 'about to be confirmed' : 'not confirmed'}${pending.armed ? `; goes back by itself in ${Math.ceil(pending.left / 1000)} s` : ''}`,
    state && state.strays.length > 0 && `containers that no record knows: ${state.strays.join(', ')}`,
  ];
  return notes.flatMap((note) =>
    typeof note === 'string' ? safe(note).trimEnd().split('\n').slice(0, 5) : [],
  );
}

/** `12 s`, `5 min`, `3 h`, `12 d`. */
export function since(started: string, now: number): string {
  // Podman writes `2026-11-22 00:59:44.29 +0000 UTC`.
  const text = started.replace(/^(\S+) (\S+) ([+-]\d\d)(\d\d)\b.*$/, '$1T$2$3:$4');
  const seconds = (now - Date.parse(text)) / 1000;
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 100 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
