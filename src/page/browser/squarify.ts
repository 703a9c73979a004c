/** Where something is on the map, in CSS pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk): lays `sizes`, largest first, into `rect` as near to squares as it goes. What they
 * lack to `total` stays free at the end. Stops at the first that would be smaller than `least` square pixels.
 * @returns the room of those that were left out for that; undefined when none were
 * @param place called with the index of each and its place
 */
export function squarify(
  sizes: (index: number) => number,
  count: number,
  total: number,
  rect: Rect,
  least: number,
  place: (index: number, x: number, y: number, width: number, height: number) => void,
): Rect | undefined {
  if (total <= 0) return undefined;
  const scale = (rect.width * rect.height) / total;
  let { x, y, width, height } = rect;
  let first = 0;
  while (first < count && width > 0 && height > 0) {
    if (sizes(first) * scale < least) return sizes(first) > 0 ? { x, y, width, height } : undefined;
    const side = Math.min(width, height);
    const [end, area] = fillRow(sizes, first, count, scale, side);
    const thickness = area / side;
    const across = width >= height;
    let along = across ? y : x;
    for (let index = first; index < end; index++) {
      const length = (sizes(index) * scale) / thickness;
      if (across) place(index, x, along, thickness, length);
      else place(index, along, y, length, thickness);
      along += length;
    }
    if (across) {
      x += thickness;
      width -= thickness;
    } else {
      y += thickness;
      height -= thickness;
    }
    first = end;
  }
  return undefined;
}

/** Takes into one row what makes its worst box squarer. @returns index of the first that is not in it, and its area */
function fillRow(
  sizes: (index: number) => number,
  first: number,
  count: number,
  scale: number,
  side: number,
): [end: number, area: number] {
  const largest = sizes(first) * scale;
  let area = largest;
  let worst = ratio(largest, largest, area, side);
  let end = first + 1;
  while (end < count) {
    const size = sizes(end) * scale;
    if (size <= 0) break;
    const next = ratio(largest, size, area + size, side);
    if (next > worst) break;
    worst = next;
    area += size;
    end++;
  }
  return [end, area];
}

function ratio(largest: number, smallest: number, area: number, side: number): number {
  const square = area * area;
  return Math.max((side * side * largest) / square, square / (side * side * smallest));
}
