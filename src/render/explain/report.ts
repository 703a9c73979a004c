/**
 * explain/ words an explanation: one report, of facts, tables and notes, that plain text and Markdown both print; and the documents of --json.
 * What a report says is decided here once; plain.ts and markdown.ts only lay it out.
 */

/** Text; `code` for what is of files and programs, as they write it. From outside or not: who lays it out makes it safe. */
export type Cell = string | { readonly code: string };

export interface Report {
  readonly title: string;
  /** What matters most, each with its name. */
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
}

export interface Fact {
  readonly name: string;
  readonly text: Cell;
  readonly tone?: Tone;
}

export type Tone = 'good' | 'bad' | 'warn';

export interface Section {
  /** Says the sum of it, so that the titles alone are a summary. */
  readonly title: string;
  /** Depth: 2 for parts of a part. */
  readonly level?: 1 | 2;
  readonly facts?: readonly Fact[];
  readonly table?: Table;
  readonly notes?: readonly string[];
  /** Lines that are printed as they are. */
  readonly verbatim?: string;
  /** Markdown may fold it away. */
  readonly folded?: boolean;
}

/** Columns of numbers, and a last one of text that may be of any length. */
export interface Table {
  /** The last is of text; all others stand at the right, but for those that `left` names. */
  readonly head: readonly string[];
  readonly left?: readonly number[];
  readonly rows: readonly Row[];
  /** Rows that are not shown. */
  readonly more?: { readonly count: number; readonly bytes?: number; readonly what: string };
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Below the last cell: what to do about it. */
  readonly under?: readonly string[];
  readonly tone?: Tone;
  /** A sum of those above. */
  readonly total?: boolean;
}

export function code(text: string): Cell {
  return { code: text };
}

export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.code;
}
