import { maskUrls, safe } from './safe.ts';
import type { Style } from './style.ts';
import type { Lasting, ShownStep } from './tty-state.ts';
import { bytes } from './units.ts';
import { cut, displayWidth } from './width.ts';

/** The few characters that progress is drawn with. */
export interface Glyphs {
  readonly done: string;
  readonly cached: string;
  readonly failed: string;
  readonly cancelled: string;
  /** Of a host that went back. */
  readonly undone: string;
  /** Of what has not begun. */
  readonly waiting: string;
  readonly spinner: readonly string[];
  readonly full: string;
  readonly empty: string;
  readonly output: string;
  /** At the end of what was cut. */
  readonly more: string;
}

export const unicode: Glyphs = {
  done: '✓',
  cached: '•',
  failed: '✗',
  cancelled: '-',
  undone: '↶',
  waiting: '·',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  full: '━',
  empty: '─',
  output: '│',
  more: '…',
};

export const ascii: Glyphs = {
  done: '+',
  cached: '*',
  failed: 'x',
  cancelled: '-',
  undone: '<',
  waiting: '.',
  spinner: ['|', '/', '-', '\\'],
  full: '=',
  empty: '-',
  output: '|',
  more: '~',
};

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
}

/** Right edge of a line: the last column stays free, as writing there makes some terminals wrap; very wide lines are hard to read. */
function widthOf({ columns }: Screen): number {
  return Math.max(10, Math.min(columns - 1, 110));
}

/** What stays: a finished step with its time at the right, a warning, a line of text. */
export function lastingLines(item: Lasting, screen: Screen): string[] {
  const { style } = screen;
  switch (item.kind) {
    case 'step':
      return [finished(item.step, screen)];
    case 'warning':
      return [
        `${style.yellow('warning:')} ${clean(item.message)}`,
        ...(item.hint === undefined ? [] : [`${style.cyan('hint:')} ${clean(item.hint)}`]),
      ];
    case 'text':
    default:
      return [clean(item.text)];
  }
}

/** What moves: the running steps with what their programs say, never more than fits the screen. */
export function liveLines(steps: readonly ShownStep[], now: number, screen: Screen): string[] {
  const room = Math.max(1, screen.rows - 1);
  const heads = steps.map((step) => runningLine(step, now, screen));
  if (heads.length > room) {
    return [...heads.slice(0, room - 1), screen.style.dim(`   and ${heads.length - room + 1} more`)];
  }
  let spare = room - heads.length;
  return steps.flatMap((step, index) => {
    const tail = step.tail.slice(Math.max(0, step.tail.length - spare));
    spare -= tail.length;
    return [heads[index] ?? '', ...tail.map((line) => tailLine(line, screen))];
  });
}

function finished(step: ShownStep, screen: Screen): string {
  const { style, glyphs } = screen;
  const took = style.dim(seconds((step.endedAt ?? step.startedAt) - step.startedAt));
  switch (step.state) {
    case 'cached':
      return line(style.cyan(glyphs.cached), step, style.cyan('CACHED'), screen);
    case 'failed':
      return line(style.red(glyphs.failed), step, style.red('FAILED'), screen);
    case 'cancelled':
      return line(style.dim(glyphs.cancelled), step, style.dim('cancelled'), screen);
    case 'done':
    case 'started':
    default:
      return line(style.green(glyphs.done), step, took, screen);
  }
}

function runningLine(step: ShownStep, now: number, screen: Screen): string {
  const { style, glyphs } = screen;
  const frame = glyphs.spinner[Math.floor(now / 80) % glyphs.spinner.length] ?? '';
  const time = seconds(now - step.startedAt);
  const progress = progressOf(step, screen);
  const crowded = displayWidth(progress) > widthOf(screen) - leastName;
  return line(style.cyan(frame), step, crowded ? time : progress + time, screen);
}

/** A mark, the number, the name (cut when long), and what stands at the right edge. */
function line(mark: string, step: ShownStep, right: string, screen: Screen): string {
  const { style, glyphs } = screen;
  const width = widthOf(screen);
  const head = ` ${mark} ${style.dim(`${step.number}`)} `;
  const note = step.note === undefined ? '' : `  ${clean(step.note)}`;
  const room = width - displayWidth(head) - displayWidth(right) - 1;
  const name = cut(clean(step.name), room, glyphs.more);
  const spare = room - displayWidth(name);
  const shownNote = displayWidth(note) <= spare ? note : '';
  const gap = ' '.repeat(Math.max(1, spare - displayWidth(shownNote) + 1));
  return `${head}${name}${style.dim(shownNote)}${gap}${right}`;
}

/** Columns that a name, its number and its time want at least; a window without them shows no progress beside it. */
const leastName = 28;

const barWidth = 12;

function progressOf(step: ShownStep, screen: Screen): string {
  const { progress } = step;
  if (!progress) return '';
  const of = (count: number): string => (progress.unit === 'bytes' ? bytes(count) : String(count));
  if (progress.total === undefined || progress.total <= 0) return `${of(progress.done)}  `;
  const { style, glyphs } = screen;
  const amount = `${of(progress.done)} / ${of(progress.total)}  `;
  if (screen.columns < 72) return amount;
  const filled = Math.round(barWidth * Math.min(1, Math.max(0, progress.done / progress.total)));
  return `${style.cyan(glyphs.full.repeat(filled))}${style.dim(glyphs.empty.repeat(barWidth - filled))}  ${amount}`;
}

function tailLine(text: string, screen: Screen): string {
  const { style, glyphs } = screen;
  const prefix = `     ${glyphs.output} `;
  const room = widthOf(screen) - displayWidth(prefix);
  return style.dim(prefix + cut(clean(text).replaceAll('\t', '    '), room, glyphs.more));
}

function clean(text: string): string {
  return maskUrls(safe(text)).replaceAll('\n', ' ');
}

function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}
