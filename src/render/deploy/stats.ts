import type { FleetStats, ReleaseStats, TrafficStats } from '../../deploy/look/stats/stats.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { cut, displayWidth } from '../width.ts';
import { shortRelease } from './log-lines.ts';

/** Columns at which there is room for one quantile more. */
const roomy = 90;
/** Columns of the longest host name that is shown whole. */
const longestHost = 14;

/** What every release uses and answers on every host, as a table: within 80 columns where names are not long. */
export function renderStats(stats: FleetStats, style: Style, columns: number): string {
  const wide = columns >= roomy;
  const head = [
    'HOST',
    'RELEASE',
    'CPU',
    'MEMORY',
    'REST',
    'REQ/S',
    'ERR/S',
    'P50',
    ...(wide ? ['P95'] : []),
    'P99',
  ];
  const rows: { readonly cells: readonly string[]; readonly colour: (text: string) => string }[] = [];
  const plain = (text: string): string => text;
  for (const { host, error, releases } of stats.hosts) {
    const name = cut(safe(host), longestHost);
    if (error !== undefined) {
      rows.push({
        cells: [name, cut(safe(error), Math.max(20, Math.min(columns, 100) - 20))],
        colour: style.red,
      });
    } else if (releases.length === 0) rows.push({ cells: [name, '-'], colour: style.dim });
    releases.forEach((release, index) => {
      const cells = [index === 0 ? name : '', nameOf(release), ...used(release), ...answered(release, wide)];
      rows.push({ cells, colour: (release.errors ?? 0) > 0 ? style.red : plain });
    });
  }
  const several = stats.hosts.length > 1;
  const sums = stats.releases.length > 1 ? [...stats.releases, stats.total] : [stats.total];
  if (several) {
    for (const sum of sums) {
      const label = sum.release === '' ? '' : shortRelease(sum.release);
      rows.push({ cells: ['total', label, '', '', '', ...answered(sum, wide)], colour: style.bold });
    }
  }
  const widths = head.map((name, at) =>
    // An error may go beyond its column.
    Math.max(
      name.length,
      ...rows.filter(({ cells }) => cells.length > 2).map(({ cells }) => displayWidth(cells[at] ?? '')),
    ),
  );
  const hostWidth = Math.max(...rows.map(({ cells }) => displayWidth(cells[0] ?? '')), 4);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const gap = ' '.repeat(Math.max(0, (at === 0 ? hostWidth : (widths[at] ?? 0)) - displayWidth(cell)));
        return at < 2 ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  return [style.dim(line(head)), ...rows.map(({ cells, colour }) => colour(line(cells)))].join('\n');
}

function nameOf({ release, role }: ReleaseStats): string {
  const short = shortRelease(release);
  return role === 'new' ? `${short} new` : short;
}

function used({ cpu, memory, limit, restarts }: ReleaseStats): string[] {
  return [
    cpu === undefined ? '' : `${cpu < 9.95 ? cpu.toFixed(1) : Math.round(cpu)}%`,
    memory === undefined ? '' : memoryOf(memory, limit ?? 0),
    String(restarts),
  ];
}

const gibi = 1024 ** 3;

/** `18.2/64.0 MiB`: powers of 1024, as limits are written. Without a limit of its own a container has the machine's, which would say little. */
function memoryOf(memory: number, limit: number): string {
  const large = memory >= gibi;
  const one = (value: number): string => {
    const count = value / (large ? gibi : gibi / 1024);
    return count.toFixed(count >= 100 ? 0 : 1);
  };
  const limited = limit > 0 && (large || limit < 8 * gibi);
  return `${one(memory)}${limited ? `/${one(limit)}` : ''} ${large ? 'GiB' : 'MiB'}`;
}

function answered({ requests, errors, latency }: TrafficStats, wide: boolean): string[] {
  const quantiles = [latency.p50, ...(wide ? [latency.p95] : []), latency.p99];
  return [rate(requests), rate(errors), ...quantiles.map((value) => milliseconds(value))];
}

function rate(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 9.95 && value > 0 ? value.toFixed(1) : String(Math.round(value));
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 999.5 ? `${Math.round(value)}ms` : `${(value / 1000).toFixed(1)}s`;
}
