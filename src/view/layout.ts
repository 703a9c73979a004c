/** The window, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Which lines a window has room for, and how many are left for the tree. */
export interface Layout {
  /** Columns to write in: the last one stays free, as some terminals go to the next line there. */
  readonly width: number;
  readonly title: boolean;
  readonly tabs: boolean;
  readonly head: boolean;
  readonly summary: boolean;
  readonly keys: boolean;
  /** At least 1. */
  readonly body: number;
}

/** A small window keeps its tree and loses the lines about it, the least needed first. */
export function layoutOf({ columns, rows }: Size): Layout {
  const room = Math.max(1, rows);
  const [summary, keys, tabs, head, title] = [3, 5, 7, 8, 9].map((least) => room >= least);
  const around = [title, tabs, head, summary, keys].filter(Boolean).length;
  return {
    width: Math.max(1, columns - 1),
    title: title === true,
    tabs: tabs === true,
    head: head === true,
    summary: summary === true,
    keys: keys === true,
    body: room - around,
  };
}
