import { squarify, type Rect } from './squarify.ts';
import type { Tree } from './tree.ts';

/** A box on the map. Coordinates are whole CSS pixels. */
export interface Box extends Rect {
  readonly node: number;
  /** 0 for the root of the map. */
  readonly depth: number;
  /** Height of the strip with the name of what holds other boxes; 0 when there is no room for it. */
  readonly header: number;
  /** Whether boxes lie in it. */
  readonly open: boolean;
  /** Where the boxes in it would be too small to be told apart. */
  readonly rest?: Rect;
}

/** Nobody can hit what is smaller. */
const leastSide = 2;
const leastArea = 6;
/** More boxes than this would not be told apart, and would not be drawn in a frame. */
const mostBoxes = 12_000;
const headerHeight = 18;

/**
 * The boxes that can be seen of `root` and what is below it, outer ones first. Only what is large enough is looked at, so a tree
 * of a million nodes costs as much as its largest few thousand.
 */
export function layoutTree(tree: Tree, root: number, width: number, height: number): Box[] {
  const boxes: Box[] = [];
  let level: { node: number; depth: number; rect: Rect }[] = [
    { node: root, depth: 0, rect: { x: 0, y: 0, width, height } },
  ];
  // Level by level: should there be too many, the deepest are left out.
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { node, depth, rect } of level) {
      const children = tree.children(node);
      const inner = depth === 0 ? { rect, header: 0 } : inside(rect);
      const open = children.length > 0 && inner !== undefined;
      if (!open) {
        boxes.push({ node, depth, ...rect, header: 0, open });
        continue;
      }
      const sizeOf = (index: number): number => tree.bytes[children[index] ?? 0] ?? 0;
      const rest = squarify(
        sizeOf,
        children.length,
        tree.bytes[node] ?? 0,
        inner.rect,
        leastArea,
        (index, x, y, wide, high) => {
          const box = snap(x, y, wide, high);
          if (box.width < leastSide || box.height < leastSide) return;
          next.push({ node: children[index] ?? 0, depth: depth + 1, rect: box });
        },
      );
      const { header } = inner;
      boxes.push({
        node,
        depth,
        ...rect,
        header,
        open,
        ...(rest ? { rest: snap(rest.x, rest.y, rest.width, rest.height) } : {}),
      });
    }
    if (boxes.length + next.length > mostBoxes) break;
    level = next;
  }
  return boxes;
}

/** The room for what is in a box: below its name, within its border. */
function inside(rect: Rect): { rect: Rect; header: number } | undefined {
  const header = rect.width >= 56 && rect.height >= 44 ? headerHeight : 0;
  const edge = rect.width >= 20 && rect.height >= 20 ? 3 : 1;
  const width = rect.width - 2 * edge;
  const height = rect.height - edge - (header || edge);
  if (width < 4 || height < 4) return undefined;
  return { rect: { x: rect.x + edge, y: rect.y + (header || edge), width, height }, header };
}

function snap(x: number, y: number, width: number, height: number): Rect {
  const left = Math.round(x);
  const top = Math.round(y);
  return { x: left, y: top, width: Math.round(x + width) - left, height: Math.round(y + height) - top };
}

/** The innermost box at a point; outer ones come first in `boxes`. */
export function boxAt(boxes: readonly Box[], x: number, y: number): Box | undefined {
  return boxes.findLast(
    (box) => box.depth > 0 && x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height,
  );
}

/** The box to go to from `from` with an arrow key: the nearest one that is neither in it nor around it, of its depth or less. */
export function neighbour(boxes: readonly Box[], from: Box, key: string): Box | undefined {
  let best: Box | undefined;
  let least = Infinity;
  for (const box of boxes) {
    if (box.depth === 0 || box.depth > from.depth || (box.depth < from.depth && box.open)) continue;
    const distance = away(from, box, key);
    if (distance < least) {
      least = distance;
      best = box;
    }
  }
  return best;
}

/** How far `to` lies from `from` in a direction; Infinity when it does not lie there. */
function away(from: Rect, to: Rect, key: string): number {
  const ahead = {
    ArrowRight: to.x - (from.x + from.width),
    ArrowLeft: from.x - (to.x + to.width),
    ArrowDown: to.y - (from.y + from.height),
    ArrowUp: from.y - (to.y + to.height),
  }[key];
  if (ahead === undefined || ahead < -1) return Infinity;
  const sideways = key === 'ArrowRight' || key === 'ArrowLeft';
  const aside = sideways
    ? offset(from.y, from.height, to.y, to.height)
    : offset(from.x, from.width, to.x, to.width);
  return ahead + aside * 2;
}

/** How far the middle of a stretch lies outside another one; small within it. */
function offset(start: number, length: number, other: number, otherLength: number): number {
  const middle = start + Math.min(length / 2, 40);
  if (middle >= other && middle < other + otherLength) return 0;
  return Math.min(Math.abs(middle - other), Math.abs(middle - other - otherLength));
}
