import { hasText, leads, matches } from './filter.ts';
import { shownChildren, type Shape } from './rows.ts';

/** A text that was looked for in one tree. */
export interface Search {
  readonly text: string;
  /** Per node, `matches` and `leads` of filter.ts. */
  readonly marks: Uint8Array;
  /** Nodes that match and that the filter lets through. */
  readonly count: number;
}

/** Looks for a text in the names of a tree, closed or open. */
export function searchTree({ index: { tree, size }, filter }: Omit<Shape, 'open'>, text: string): Search {
  const holds = hasText(text);
  const marks = new Uint8Array(size);
  let count = 0;
  for (let node = size - 1; node >= 0; node--) {
    const hidden = filter !== undefined && node > 0 && filter.marks[node] === 0;
    if (!hidden && holds(tree.names[node] ?? '')) {
      marks[node] = (marks[node] ?? 0) | matches;
      count++;
    }
    const up = tree.parent[node] ?? -1;
    if (up >= 0 && marks[node] !== 0) marks[up] = (marks[up] ?? 0) | leads;
  }
  return { text, marks, count };
}

/** The next match below or above a node, in the order of the lines if all stood open; round the end to the beginning. */
export function nextMatch(shape: Shape, search: Search, from: number, step: 1 | -1): number | undefined {
  if (search.count === 0) return undefined;
  return step === 1 ? forward(shape, search, from) : backward(shape, search, from);
}

function forward(shape: Shape, { marks }: Search, from: number): number {
  const { parent } = shape.index.tree;
  const within = firstIn(shape, marks, from);
  if (within !== undefined) return within;
  for (let node = from; node > 0; node = parent[node] ?? 0) {
    const siblings = shownChildren(shape, parent[node] ?? 0);
    const found = firstOf(shape, marks, siblings, siblings.indexOf(node) + 1);
    if (found !== undefined) return found;
  }
  if (isMatch(marks, 0)) return 0;
  return firstIn(shape, marks, 0) ?? from;
}

/** The first match among siblings from `start` on, or in them. */
function firstOf(shape: Shape, marks: Uint8Array, siblings: Int32Array, start: number): number | undefined {
  for (let at = start; at < siblings.length; at++) {
    const node = siblings[at] ?? 0;
    if (isMatch(marks, node)) return node;
    const found = firstIn(shape, marks, node);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first match below a node. Only goes where one is. */
function firstIn(shape: Shape, marks: Uint8Array, node: number): number | undefined {
  let at = node;
  while (((marks[at] ?? 0) & leads) !== 0) {
    const next = shownChildren(shape, at).find((child) => marks[child] !== 0);
    if (next === undefined || isMatch(marks, next)) return next;
    at = next;
  }
  return undefined;
}

function backward(shape: Shape, { marks }: Search, from: number): number {
  const { parent } = shape.index.tree;
  for (let node = from; node > 0; node = parent[node] ?? 0) {
    const up = parent[node] ?? 0;
    const siblings = shownChildren(shape, up);
    const before = siblings.subarray(0, siblings.indexOf(node));
    const found = before.findLast((sibling) => marks[sibling] !== 0);
    if (found !== undefined) return lastIn(shape, marks, found);
    if (isMatch(marks, up)) return up;
  }
  return lastIn(shape, marks, 0);
}

/** The last match in a node, itself included. */
function lastIn(shape: Shape, marks: Uint8Array, node: number): number {
  let at = node;
  while (((marks[at] ?? 0) & leads) !== 0) {
    const next = shownChildren(shape, at).findLast((child) => marks[child] !== 0);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

const isMatch = (marks: Uint8Array, node: number): boolean => ((marks[node] ?? 0) & matches) !== 0;
