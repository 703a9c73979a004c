import type { Deed, History } from '../../deploy/look/history.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { displayWidth } from '../width.ts';
import { wrap } from '../wrap.ts';

/** Widest result for people. */
const widest = 100;

/** What was done, a row and what it rests on: the newest first. */
export function renderHistory(
  { deeds, hosts, unreachable }: History,
  limit: number,
  style: Style,
  columns: number,
): string {
  const shown = deeds.slice(0, limit);
  const room = Math.min(columns, widest);
  const marks = shown.map((deed) => [deed.what, safe(deed.release ?? '-'), deed.verdict ?? ''] as const);
  const widths = [0, 1, 2].map((at) => Math.max(0, ...marks.map((cells) => displayWidth(cells[at] ?? ''))));
  const rows = shown.map((deed, index) => {
    const cells = (marks[index] ?? []).map((cell, at) => cell.padEnd(widths[at] ?? 0));
    const [what = '', release = '', verdict = ''] = cells;
    const head = [
      style.dim(moment(deed.at)),
      what,
      style.bold(release),
      verdictColour(deed, style)(verdict),
      where(deed, hosts),
    ].join('  ');
    return [head.trimEnd(), ...because(deed, room).map((line) => style.dim(`  ${line}`))].join('\n');
  });
  const lost = unreachable.map(({ host, message }) => style.yellow(`${safe(host)}: ${safe(message)}`));
  const more = deeds.length - shown.length;
  return [
    ...(rows.length === 0 ? ['Nothing was done here yet.'] : rows),
    ...(more > 0 ? [style.dim(`and ${more} before`)] : []),
    ...lost,
  ].join('\n');
}

function because(deed: Deed, room: number): string[] {
  const from = deed.from.filter((each) => each !== deed.release);
  const to = deed.to.filter((each) => each !== deed.release);
  const parts = [
    `by ${deed.by}`,
    ...(from.length === 0 ? [] : [`from ${from.join(', ')}`]),
    ...(to.length === 0 ? [] : [`${to.join(', ')} serves`]),
    ...deed.evidence,
  ];
  return wrap(safe(parts.join('; ')).replaceAll('\n', ' '), room - 2);
}

function where({ hosts }: Deed, all: readonly string[]): string {
  if (hosts.length === all.length && all.length > 1) return `all ${all.length} hosts`;
  return safe(hosts.join(', '));
}

function verdictColour({ verdict }: Deed, style: Style): (text: string) => string {
  if (verdict === 'pass') return style.green;
  return verdict === 'fail' ? style.red : style.yellow;
}

/** `2026-11-22 00:45`, by the reader's clock. */
function moment(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
