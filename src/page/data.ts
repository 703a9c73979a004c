/**
 * What a page holds, as its browser program reads it: the two sides share these shapes and nothing else. Words for people are chosen
 * before they get here; the program in the page lays out, sorts and searches.
 */

/** What stands at the top of every page. */
export interface HeaderWords {
  /** What it is about, as typed. */
  readonly title: string;
  /** `image · linux/amd64`, … */
  readonly subtitle: string;
  readonly facts: readonly Fact[];
}

/** The JSON at the head of an explanation's data; the columns of its trees follow it (see encode.ts). */
export interface PageHead extends HeaderWords {
  readonly trees: readonly TreeHead[];
  readonly sections: readonly Section[];
  /** Names of the kinds that the trees' columns speak of by number. */
  readonly kinds: readonly string[];
}

/** One figure at the top of the page. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What the figure means, where that is not plain. */
  readonly about?: string;
}

/** By whom a tree's boxes are coloured at first. */
export type Colouring = 'layer' | 'sort' | 'module';

export interface TreeHead {
  readonly name: string;
  readonly label: string;
  readonly colouring: Colouring;
  readonly nodes: number;
  /** Bytes of each column, in this order: names, parents, own bytes, kinds, notes, waste. */
  readonly columns: readonly number[];
}

/** A part of the page below the map. */
export type Section =
  | {
      readonly as: 'table';
      readonly id: string;
      readonly title: string;
      readonly about: string;
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
      /** Of rows that are left out because there are too many. */
      readonly more?: string;
    }
  | {
      readonly as: 'text';
      readonly id: string;
      readonly title: string;
      readonly about: string;
      readonly text: string;
    };

export type Cell = string | number;

/** `path`: a place in the tree of files, to be shown on the map; `share`: of one; `code`: as it stands in a file. */
export interface Column {
  readonly label: string;
  readonly as: 'text' | 'code' | 'path' | 'bytes' | 'count' | 'share';
}
