import type { Answers } from '../../core/event.ts';
import type { Screen } from '../tty-lines.ts';
import { duration } from '../units.ts';
import { cut, displayWidth } from '../width.ts';
import { rates, type LiveState } from './live-state.ts';

/** Milliseconds after which figures that nobody renews are no longer those of now. */
const stale = 15_000;

const barWidth = 10;

/** What new and old answer, in two lines that stand under each other; none while nothing is watched. */
export function trafficLines(state: LiveState, now: number, screen: Screen): string[] {
  const { traffic } = state;
  if (!traffic || now - traffic.at > stale) return [];
  const { style, glyphs } = screen;
  const rate = rates(state);
  const share = Math.min(100, Math.max(0, traffic.share));
  const rows = [
    ['new', `${share} %`, ...answerCells(traffic.fresh, rate?.fresh)],
    ...(traffic.old ? [['old', `${100 - share} %`, ...answerCells(traffic.old, rate?.old)]] : []),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => displayWidth(cells[column] ?? ''))),
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const full = Math.round((barWidth * share) / 100);
  const bars = [
    style.cyan(glyphs.full.repeat(full)) + style.dim(glyphs.empty.repeat(barWidth - full)),
    style.dim(leftWords(traffic.left - Math.max(0, now - traffic.at))),
  ];
  return ['', ...lines.map((line, index) => figureLine(line, bars[index] ?? '', screen))];
}

/** The figures; the bar or the time left behind them where there is room. */
function figureLine(text: string, extra: string, { columns, glyphs }: Screen): string {
  const room = columns - 1;
  const line = ` ${text}`;
  if (extra === '' || displayWidth(line) + 3 + displayWidth(extra) > room)
    return cut(line, room, glyphs.more);
  return `${line}   ${extra}`;
}

/** Requests, requests a second, errors, latency; a dash where there is no figure. */
function answerCells(answers: Answers, rate: number | undefined): string[] {
  return [
    `${count(answers.requests)} requests`,
    rate === undefined ? '-/s' : `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`,
    errorWords(answers),
    answers.latency === undefined ? '- ms' : latencyWords(answers.latency),
  ];
}

/** `0 errors`, `12 errors (4.8 %)`. */
export function errorWords({ requests, errors }: Answers): string {
  const noun = errors === 1 ? 'error' : 'errors';
  if (errors === 0 || requests === 0) return `${count(errors)} ${noun}`;
  const percent = (100 * errors) / requests;
  return `${count(errors)} ${noun} (${percent < 0.095 ? percent.toFixed(2) : percent.toFixed(1)} %)`;
}

/** `12 ms`, `0.8 ms`, `2.1 s`. */
export function latencyWords(milliseconds: number): string {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : duration(milliseconds);
}

/** `1,204`. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

function leftWords(milliseconds: number): string {
  return milliseconds <= 0 ? '' : `${duration(Math.ceil(milliseconds / 1000) * 1000)} left`;
}
