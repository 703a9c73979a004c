/**
 * What the page of a comparison holds, as its browser program reads it: the two sides share these shapes and nothing else. Words for people
 * are chosen before they get here.
 */
import type { HeaderWords } from '../data.ts';

export interface ComparePage extends HeaderWords {
  /** One for each, in the order of tables. */
  readonly methods: readonly MethodWords[];
  readonly figures: readonly FigureWords[];
  readonly charts: readonly Chart[];
  /** What an image may hold, in rows; empty when nothing is known of any. */
  readonly holdings: readonly HoldingRow[];
  readonly decision: {
    readonly reasons: readonly string[];
    readonly path: readonly {
      readonly question: string;
      readonly answer: string;
      readonly because: string;
    }[];
  };
  readonly notes: readonly string[];
}

export interface MethodWords {
  readonly name: string;
  readonly means: string;
  readonly statement?: string;
  /** The method that was decided for. */
  readonly chosen: boolean;
  readonly failure?: { readonly what: string; readonly cause: string; readonly said: readonly string[] };
  readonly dockerfile?: string;
}

/** A column of the table of figures. */
export interface FigureWords {
  readonly label: string;
  readonly about: string;
  /** One for each method. */
  readonly cells: readonly FigureCell[];
}

export interface FigureCell {
  readonly text: string;
  /** What it is sorted by; undefined when there is no figure. */
  readonly rank?: number;
  readonly best?: boolean;
  /** Why there is no figure; or the figure to the last digit, or what was counted. */
  readonly about?: string;
}

/** Bars, one for each method. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly text: string;
  /** Undefined when it was not measured; `text` says why then. */
  readonly value?: number;
  readonly spread?: readonly [least: number, greatest: number];
  readonly best?: boolean;
}

export interface HoldingRow {
  readonly what: string;
  /** Whether programs need it or attackers use it. */
  readonly kind: 'gain' | 'risk';
  /** One for each method: where it is, `false` when it is not there, null when there is no image. */
  readonly cells: readonly (string | false | null)[];
}
