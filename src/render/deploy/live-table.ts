import { phases, type Phase } from '../../core/event.ts';
import type { Screen } from '../tty-lines.ts';
import { cut, displayWidth } from '../width.ts';
import { drawCell, markOf, markWidth, noteOf, pad } from './live-cells.ts';
import { oneLine } from '../safe.ts';
import { trafficLines } from './live-figures.ts';
import { phaseOf, standingOf, type LiveHost, type LiveState, type Standing } from './live-state.ts';

/** Columns below which the table has one mark for each phase in place of a column with notes. */
const leastColumns = 72;
const longestName = 20;
const gap = '  ';

/**
 * The picture of a release under way: hosts as rows, phases as columns, below them what new and old answer. Never wider than the screen, never
 * more lines than `room`; of many hosts those are shown that failed or are at work, and the others are counted.
 */
export function liveTable(state: LiveState, now: number, screen: Screen, room: number): string[] {
  if (state.hosts.size === 0) return [];
  const figures = trafficLines(state, now, screen);
  const spare = room - figures.length;
  // A window too low for both shows the hosts: that one of them failed matters more.
  if (spare < 3) return hostLines([...state.hosts.values()], now, screen, Math.max(1, room));
  return [...hostLines([...state.hosts.values()], now, screen, spare), ...figures];
}

/** The table as it stays on the screen: all hosts, no figures, as the result tells them. */
export function finalTable(state: LiveState, now: number, screen: Screen): string[] {
  return state.hosts.size === 0 ? [] : hostLines([...state.hosts.values()], now, screen, Infinity);
}

function hostLines(all: readonly LiveHost[], now: number, screen: Screen, room: number): string[] {
  const narrow = screen.columns < leastColumns;
  const heading = narrow || room < 3 ? 0 : 1;
  const { shown, folded } = choose(all, Math.max(1, room - heading));
  const width = Math.min(
    longestName,
    Math.max(4, ...shown.map(({ name }) => displayWidth(oneLine(name)))),
    Math.max(4, Math.floor(screen.columns / 4) - 2),
  );
  const rows = narrow
    ? shown.map((host) => narrowRow(host, width, now, screen))
    : wideRows(shown, width, now, screen, heading === 1);
  const rest = folded.length === 0 || room < 2 ? [] : [foldedLine(folded, screen)];
  return [...rows, ...rest];
}

/** Which hosts are shown, in their order, when there is not room for all. */
function choose(
  all: readonly LiveHost[],
  room: number,
): { readonly shown: readonly LiveHost[]; readonly folded: readonly LiveHost[] } {
  if (all.length <= room) return { shown: all, folded: [] };
  const order: readonly Standing[] = ['failed', 'running', 'undone', 'waiting', 'done'];
  const places = Math.max(1, room - 1);
  const first = [...all].sort((a, b) => order.indexOf(standingOf(a)) - order.indexOf(standingOf(b)));
  const chosen = new Set(first.slice(0, places));
  return {
    shown: all.filter((host) => chosen.has(host)),
    folded: all.filter((host) => !chosen.has(host)),
  };
}

function foldedLine(hosts: readonly LiveHost[], { style, columns, glyphs }: Screen): string {
  const count = (standing: Standing): number => hosts.filter((host) => standingOf(host) === standing).length;
  const words: readonly (readonly [Standing, string])[] = [
    ['failed', 'failed'],
    ['running', 'at work'],
    ['waiting', 'waiting'],
    ['undone', 'gone back'],
    ['done', 'done'],
  ];
  const parts = words.flatMap(([standing, word]) =>
    count(standing) > 0 ? [`${count(standing)} ${word}`] : [],
  );
  const noun = hosts.length === 1 ? 'host' : 'hosts';
  return style.dim(cut(` and ${hosts.length} more ${noun}: ${parts.join(', ')}`, columns - 1, glyphs.more));
}

function wideRows(
  hosts: readonly LiveHost[],
  nameWidth: number,
  now: number,
  screen: Screen,
  heading: boolean,
): string[] {
  const room = screen.columns - 1 - 1 - nameWidth - phases.length * gap.length;
  const widths = fit(hosts, room, now);
  const { style, glyphs } = screen;
  const rows = hosts.map((host) => {
    const name = pad(cut(oneLine(host.name), nameWidth, glyphs.more), nameWidth);
    return ` ${name}${gap}${cellsOf(host, widths, room, now, screen).join(gap)}`.trimEnd();
  });
  const names = phases.map((phase, column) => phase.padEnd(widths[column] ?? 0));
  const head = ` ${' '.repeat(nameWidth)}${gap}${names.join(gap)}`.trimEnd();
  return heading ? [style.dim(head), ...rows] : rows;
}

/** The cells of one host. What failed, with nothing behind it, has the rest of the line for its reason. */
function cellsOf(
  host: LiveHost,
  widths: readonly number[],
  room: number,
  now: number,
  screen: Screen,
): string[] {
  const end = lastWords(host) ? phases.findLastIndex((phase) => host.cells[phase]) : phases.length;
  return phases.slice(0, end + 1).map((phase, column) => {
    const before = widths.slice(0, column).reduce((sum, width) => sum + width, 0);
    const rest = room - before + gap.length * (phases.length - 1 - column);
    return drawCell(host.cells[phase], column === end ? rest : (widths[column] ?? 1), now, screen);
  });
}

function lastWords(host: LiveHost): boolean {
  const last = phases.findLast((phase) => host.cells[phase]);
  return last !== undefined && host.cells[last]?.state === 'failed';
}

/** Widths of the columns: as wide as what is in them, the widest made narrower until all fit; first those where nothing moves. */
function fit(hosts: readonly LiveHost[], room: number, now: number): number[] {
  const least = phases.map((phase) => phase.length);
  const widths = phases.map((phase, column) => {
    const texts = hosts.map(({ cells }) =>
      cells[phase]?.state === 'failed' ? '' : (noteOf(cells[phase], now)[0] ?? ''),
    );
    return Math.max(least[column] ?? 1, ...texts.map((text) => markWidth + displayWidth(text)));
  });
  const moves = phases.map((phase) => hosts.some((host) => host.cells[phase]?.state === 'started'));
  const total = (): number => widths.reduce((sum, width) => sum + width, 0);
  while (total() > room) {
    const wider = phases.flatMap((_, column) =>
      (widths[column] ?? 0) > (least[column] ?? 0) ? [column] : [],
    );
    const still = wider.filter((column) => !moves[column]);
    const [widest] = (still.length > 0 ? still : wider).sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** `web1  ✓✓✓⠹···  prove 0.4 s`: for windows too narrow for columns. */
function narrowRow(host: LiveHost, nameWidth: number, now: number, screen: Screen): string {
  const marks = phases.map((phase) => markOf(host.cells[phase], now, screen)).join('');
  const phase: Phase | undefined = phaseOf(host);
  const says = phase === undefined ? '' : `${phase} ${noteOf(host.cells[phase], now)[0] ?? ''}`;
  const name = pad(cut(oneLine(host.name), nameWidth, screen.glyphs.more), nameWidth);
  const head = ` ${name}${gap}${marks}`;
  const room = screen.columns - 1 - displayWidth(head) - gap.length;
  return room < 3 ? head : `${head}${gap}${cut(says, room, screen.glyphs.more)}`.trimEnd();
}
