import type { Comparison, Failure } from '../../compare/types.ts';
import { bestOf } from './best.ts';
import { figureGroups, figureOf, figureText, missingWhy } from './figures.ts';

/** One figure as it is shown. */
export interface Cell {
  readonly text: string;
  /** The best of its column. */
  readonly best?: boolean;
  /** A dash: it was not measured. */
  readonly missing?: boolean;
  /** Of the footnote that gives a dash its reason; counted from 1. None where the row itself says why nothing was measured. */
  readonly footnote?: number;
}

export interface TableColumn {
  readonly heading: string;
  /** One for each method, in the order of the rows. */
  readonly cells: readonly Cell[];
}

export interface TableGroup {
  readonly title: string;
  readonly columns: readonly TableColumn[];
}

export interface TableRow {
  readonly name: string;
  /** The method that was decided for. */
  readonly chosen: boolean;
  /** Why the method cannot be used. */
  readonly failure?: FailureWords;
}

export interface FailureWords {
  /** `cannot be built`, `does not start`. */
  readonly short: string;
  /** `does not start for want of a CA bundle`. */
  readonly what: string;
  readonly cause: string;
}

/** What a comparison's tables say, however they are laid out. */
export interface ComparisonTable {
  readonly rows: readonly TableRow[];
  readonly groups: readonly TableGroup[];
  /** Reasons of dashes, each once. */
  readonly footnotes: readonly string[];
}

export function comparisonTable({ results, decision }: Comparison): ComparisonTable {
  const footnotes: string[] = [];
  const dash = (why: string): Cell => {
    if (!footnotes.includes(why)) footnotes.push(why);
    return { text: '–', missing: true, footnote: footnotes.indexOf(why) + 1 };
  };
  const groups = figureGroups.flatMap(({ title, columns }) => {
    const asked = columns
      .filter(({ name }) => results.some(({ figures }) => figureOf(figures, name) !== undefined))
      .map((column) => ({ ...column, best: bestOf(results, column.name) }));
    // Row by row, so that footnotes are counted in the order in which they are met.
    const cells = results.map(({ name: method, figures, failure }) =>
      asked.map(({ name, unit, best }): Cell => {
        const figure = figureOf(figures, name);
        const text = figureText(unit, figure);
        if (text !== undefined) return best.has(method) ? { text, best: true } : { text };
        if (failure?.phase === 'build') return { text: '–', missing: true };
        return dash(missingWhy(figure) ?? 'it was not measured');
      }),
    );
    const shown = asked.map(({ heading }, index) => ({
      heading,
      cells: cells.map((row) => row[index] ?? { text: '' }),
    }));
    return shown.length === 0 ? [] : [{ title, columns: shown }];
  });
  const rows = results.map((result) => ({
    name: result.name,
    chosen: result.name === decision.method,
    ...(result.failure ? { failure: failureWords(result.failure) } : {}),
  }));
  return { rows, groups, footnotes };
}

/** What failed, and for want of what. */
export function failureWords({ phase, lacks, cause }: Failure): FailureWords {
  const short = phase === 'build' ? 'cannot be built' : 'does not start';
  return { short, what: lacks === undefined ? short : `${short} for want of ${article[lacks]}`, cause };
}

const article = {
  shell: 'a shell',
  'CA bundle': 'a CA bundle',
  'time zones': 'time zones',
  libc: 'a libc',
  library: 'a library',
  user: 'its user',
  home: 'a home directory',
  'temporary directory': 'a temporary directory',
} as const;
