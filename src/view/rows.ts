import type { Filter } from './filter.ts';
import { leads } from './filter.ts';
import type { Sort, TreeIndex } from './tree-index.ts';

/** What decides which nodes are lines on the screen. */
export interface Shape {
  readonly index: TreeIndex;
  /** 1 for each node whose children are shown. */
  readonly open: Uint8Array;
  readonly sort: Sort;
  readonly filter: Filter | undefined;
}

/** Children of a node that the filter lets through, in order. */
export function shownChildren({ index, sort, filter }: Omit<Shape, 'open'>, node: number): Int32Array {
  const children = index.children(node, sort);
  return filter === undefined ? children : children.filter((child) => (filter.marks[child] ?? 0) !== 0);
}

/** The lines of a tree from top to bottom, as numbers of nodes. The root is always the first. */
export function rowsOf(shape: Shape): Int32Array {
  let rows = new Int32Array(1024);
  let length = 0;
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (length === rows.length) {
      const longer = new Int32Array(length * 2);
      longer.set(rows);
      rows = longer;
    }
    rows[length++] = node;
    if (shape.open[node] !== 1) continue;
    const children = shownChildren(shape, node);
    for (let at = children.length - 1; at >= 0; at--) waiting.push(children[at] ?? 0);
  }
  return rows.slice(0, length);
}

/** What stands open when a filter is set: the way to each match. */
export function openToMatches(filter: Filter): Uint8Array {
  return filter.marks.map((mark, node) => (node === 0 || (mark & leads) !== 0 ? 1 : 0));
}
