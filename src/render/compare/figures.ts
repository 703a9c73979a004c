/**
 * compare/ words a comparison for terminals, Markdown and programs. What its tables say is decided here once (figures, table, sections);
 * plain.ts and markdown.ts only lay it out. It must not know how anything was measured.
 */
import type { FigureName, Figures, Measured } from '../../compare/types.ts';
import { bytes } from '../units.ts';

/** `text` is of lists and answers, which have no unit. */
export type Unit = 'bytes' | 'milliseconds' | 'count' | 'list' | 'answer';

/** One column of the tables. */
export interface FigureColumn {
  readonly name: FigureName;
  /** Of a narrow column. */
  readonly heading: string;
  /** In a sentence. */
  readonly words: string;
  /** What the number is, where the words leave a doubt. */
  readonly about: string;
  readonly unit: Unit;
  /** Less is better; of layers neither is. */
  readonly rated: boolean;
}

/** Columns that belong together: a table of its own where they do not all fit beside one another. */
export interface FigureGroup {
  readonly title: string;
  readonly columns: readonly FigureColumn[];
}

function figure(
  name: FigureName,
  unit: Unit,
  heading: string,
  words: string,
  about: string,
  rated = true,
): FigureColumn {
  return { name, unit, heading, words, about, rated };
}

export const figureGroups: readonly FigureGroup[] = [
  {
    title: 'What it moves and how it runs',
    columns: [
      figure('size', 'bytes', 'SIZE', 'size', 'manifest, config and compressed layers: what a pull moves'),
      figure(
        'secondRelease',
        'bytes',
        '2ND RELEASE',
        'second release',
        'what a release with one changed line moves to where the first one lies',
      ),
      figure(
        'start',
        'milliseconds',
        'START',
        'start',
        'from starting the process to the first ready answer: median, and in brackets the least and the greatest',
      ),
      figure(
        'memory',
        'bytes',
        'MEMORY',
        'memory',
        'resident memory of all its processes when it is ready: median, and in brackets the least and the greatest',
      ),
    ],
  },
  {
    title: 'What is in it',
    columns: [
      figure('unpacked', 'bytes', 'UNPACKED', 'unpacked', 'the tar archives of all layers'),
      figure('layers', 'count', 'LAYERS', 'layers', 'layers of the image', false),
      figure('files', 'count', 'FILES', 'files', 'files in the image'),
      figure('packages', 'count', 'PACKAGES', 'packages', 'packages that a package database in it names'),
      figure('setuid', 'count', 'SETUID', 'setuid files', 'files that run with the rights of their owner'),
      figure('shells', 'list', 'SHELLS', 'shells', 'shells that an intruder would find'),
      figure('root', 'answer', 'ROOT', 'runs as root', 'whether the program runs as root'),
    ],
  },
  {
    title: 'How long it takes to build',
    columns: [
      figure('coldBuild', 'milliseconds', 'COLD', 'cold build', 'with no cache of earlier builds'),
      figure(
        'changedBuild',
        'milliseconds',
        '1 LINE CHANGED',
        'build after one changed line',
        'one line of the program was changed',
      ),
      figure('unchangedBuild', 'milliseconds', 'UNCHANGED', 'unchanged build', 'nothing was changed'),
    ],
  },
];

export const allFigures: readonly FigureColumn[] = figureGroups.flatMap(({ columns }) => columns);

/** A figure of any kind; undefined when nobody asked for it. */
export type AnyFigure = Measured<number | boolean | readonly string[]> | undefined;

/** A figure of one method; undefined when nobody asked for it. */
export function figureOf(figures: Figures, name: FigureName): AnyFigure {
  return figures[name];
}

/** A figure as a number that less of is better; undefined when it was not measured. */
export function rank(value: AnyFigure): number | undefined {
  if (value === undefined || !('value' in value)) return undefined;
  if (typeof value.value === 'number') return value.value;
  return typeof value.value === 'boolean' ? Number(value.value) : value.value.length;
}

/** A figure in words, with its unit and the spread of several measurements; undefined when it was not measured. */
export function figureText(unit: Unit, measured: AnyFigure): string | undefined {
  if (measured === undefined || !('value' in measured)) return undefined;
  const { value } = measured;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return value.length === 0 ? 'none' : String(value.length);
  const { spread } = numeric(measured);
  const text = amountText(unit, value);
  if (!spread) return text;
  const [least, greatest] = spread.map((each) => inUnitOf(unit, value, each));
  return `${text} (${least}–${greatest})`;
}

function numeric(measured: Exclude<AnyFigure, undefined>): {
  readonly spread?: readonly [number, number];
} {
  if (!('value' in measured) || measured.spread === undefined) return {};
  const [least, greatest] = measured.spread;
  return typeof least === 'number' && typeof greatest === 'number' ? { spread: [least, greatest] } : {};
}

/** A number with its unit: `4.4 MB`, `3.1 ms`, `42`. */
export function amountText(unit: Unit, value: number): string {
  if (unit === 'bytes') return bytes(value);
  if (unit === 'milliseconds') return time(value);
  return value.toLocaleString('en');
}

/** `3.1 ms`, `21 ms`, `1.4 s`, `2 m 05 s`. */
function time(value: number): string {
  const { per, unit, digits } = timeScale(value);
  if (value < 59_950) return `${(value / per).toFixed(digits)} ${unit}`;
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

function timeScale(value: number): { readonly per: number; readonly unit: string; readonly digits: number } {
  if (value < 9.95) return { per: 1, unit: 'ms', digits: 1 };
  return value < 999.5 ? { per: 1, unit: 'ms', digits: 0 } : { per: 1000, unit: 's', digits: 1 };
}

/** `each` in the unit that `value` is shown in, without naming it. */
function inUnitOf(unit: Unit, value: number, each: number): string {
  if (unit === 'milliseconds') {
    const { per, digits } = timeScale(value);
    return value < 59_950 ? (each / per).toFixed(digits) : time(each);
  }
  if (unit !== 'bytes') return each.toLocaleString('en');
  let power = 1;
  while (value / power >= 999.95 && power < 1e12) power *= 1000;
  return power === 1 ? String(each) : (each / power).toFixed(1);
}

/** Why there is no figure. */
export function missingWhy(measured: AnyFigure): string | undefined {
  return measured && 'missing' in measured ? measured.missing : undefined;
}
