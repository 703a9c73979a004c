import type { Level } from '../../deploy/look/logs/line.ts';
import type { ReadLine } from '../../deploy/look/logs/select.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { displayWidth } from '../width.ts';
import { flatFields, inline } from './log-fields.ts';

export interface LogView {
  /** The text of these lines, with line ends. */
  lines(lines: readonly ReadLine[]): string;
}

export interface LogViewOptions {
  readonly style: Style;
  /** Names that may come, for the width of their column. */
  readonly hosts: readonly string[];
  /** Somebody reads it as it comes: times of day, and the date when it changes. Otherwise each line has its whole time, in UTC. */
  readonly live: boolean;
}

/** Columns that messages get before fields, so that most fields stand below each other. */
const messageColumns = 32;

/** Lines of logs for people: time, host, release when there are several, level, message, fields. */
export function logView({ style, hosts, live }: LogViewOptions): LogView {
  const width = Math.max(0, ...hosts.map((host) => displayWidth(safe(host))));
  const colours = [style.cyan, style.magenta, style.blue, style.green, style.yellow];
  const colourOf = (host: string): ((text: string) => string) =>
    colours[Math.max(0, hosts.indexOf(host)) % colours.length] ?? style.cyan;
  const releases = new Set<string>();
  let day: string | undefined;

  const render = ({ at, line, entry }: ReadLine): string => {
    releases.add(line.release);
    const moment = new Date(at / 1000);
    const today = live ? dayOf(moment) : undefined;
    const date = today === day ? '' : `${style.dim(today ?? '')}\n`;
    day = today;
    const release = releases.size > 1 ? ` ${style.dim(shortRelease(line.release).padEnd(7))}` : '';
    const host = width === 0 ? '' : ` ${colourOf(line.host)(safe(line.host).padEnd(width))}`;
    const head = `${style.dim(live ? timeOf(moment) : moment.toISOString())}${host}${release} ${levelMark(entry.level, style)} `;
    return `${date}${head}${said({ at, line, entry }, style)}\n`;
  };
  return { lines: (lines) => lines.map(render).join('') };
}

/** The seven letters of a release that are its image's. */
export function shortRelease(id: string): string {
  const last = /-([0-9a-f]{7,})$/.exec(id)?.[1];
  return safe(last ?? id).slice(0, 12);
}

function levelMark(level: Level | undefined, style: Style): string {
  const mark = (level ?? '').toUpperCase().padEnd(5);
  if (level === 'fatal' || level === 'error') return style.red(mark);
  if (level === 'warn') return style.yellow(mark);
  return level === 'info' ? style.green(mark) : style.dim(mark);
}

/** The message and its fields; what has several lines goes below, indented. */
function said({ line, entry }: ReadLine, style: Style): string {
  const fields = flatFields(entry.fields);
  const [first = '', ...more] = clean(entry.message).split('\n');
  if (first === '' && fields.length === 0) return clean(line.text);
  const beside = fields.filter(([, value]) => !value.includes('\n')).map((field) => shown(field, style));
  const below = fields.filter(([, value]) => value.includes('\n'));
  const gap = ' '.repeat(Math.max(1, messageColumns - displayWidth(first)));
  const message = entry.level === 'error' || entry.level === 'fatal' ? style.bold(first) : first;
  return [
    beside.length === 0 ? message : `${message}${gap} ${beside.join(' ')}`,
    ...more.map((text) => `    ${text}`),
    ...below.flatMap(([name, value]) => [
      `    ${style.dim(`${clean(name)}:`)}`,
      ...clean(value)
        .split('\n')
        .map((text) => `      ${text}`),
    ]),
  ].join('\n');
}

function shown([name, value]: readonly [string, string], style: Style): string {
  const text = inline(clean(value));
  return `${style.dim(`${clean(name)}=`)}${/^err(?:or)?$/.test(name) ? style.red(text) : text}`;
}

function clean(text: string): string {
  return safe(text).trimEnd();
}

function timeOf(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const milliseconds = String(moment.getMilliseconds()).padStart(3, '0');
  return `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}.${milliseconds}`;
}

function dayOf(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
