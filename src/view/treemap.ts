/** A rectangle of a treemap by its border lines, which neighbours share. */
export interface Block {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Smallest distance between two border lines: room for most sizes, and for one line. */
const least = { across: 9, down: 2 };

/** A character is about twice as high as wide. */
const aspect = 2;

/** A share that is too small to be worth a block of its own when it is all that is left over. */
const negligible = 0.02;

/** More than this nobody can read. */
const most = 64;

/** When those that can be read are less than this share of all, the others are drawn smaller, at most as large as half of them. */
const telling = 1 / 2;

export interface Treemap {
  /** Of the first values, in their order. */
  readonly blocks: readonly Block[];
  /** What stands for all other values together, when that is not nothing. */
  readonly rest: Block | undefined;
  /** False when the rest is drawn smaller than it is. */
  readonly toScale: boolean;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk) on a grid of characters: as many of the values as can be read, the others together.
 * @param values of the parts, positive, largest first
 */
export function treemap(values: readonly number[], width: number, height: number): Treemap {
  const total = values.reduce((sum, value) => sum + value, 0);
  const whole: Block = { left: 0, top: 0, right: width - 1, bottom: height - 1 };
  if (!(total > 0) || !readable(whole)) return { blocks: [], rest: undefined, toScale: true };
  return fill(values, whole, true) ?? fill(values, whole, false) ?? onlyFirst(whole);
}

const onlyFirst = (whole: Block): Treemap => ({ blocks: [whole], rest: undefined, toScale: false });

/** As many values as can be read. @returns undefined when there are too few */
function fill(values: readonly number[], whole: Block, toScale: boolean): Treemap | undefined {
  const total = values.reduce((sum, value) => sum + value, 0);
  for (let count = Math.min(values.length, most); count > 0; count--) {
    const first = values.slice(0, count);
    const sum = first.reduce((all, value) => all + value, 0);
    if (toScale && sum < total * telling) return undefined;
    const left = toScale ? total - sum : Math.min(total - sum, sum / 2);
    const withRest = left > total * negligible || (!toScale && left > 0);
    const blocks = squarify(withRest ? [...first, left] : first, whole);
    if (!blocks.every(readable)) continue;
    return { blocks: blocks.slice(0, count), rest: withRest ? blocks[count] : undefined, toScale };
  }
  return undefined;
}

function readable({ left, top, right, bottom }: Block): boolean {
  return right - left >= least.across && bottom - top >= least.down;
}

/** Fills a rectangle, row after row along its shorter side, each with as many values as make its blocks most like squares. */
function squarify(values: readonly number[], whole: Block): Block[] {
  const blocks: Block[] = [];
  let room = whole;
  let left = values.reduce((sum, value) => sum + value, 0);
  let at = 0;
  while (at < values.length) {
    const wide = room.right - room.left;
    const high = (room.bottom - room.top) * aspect;
    const upright = wide >= high;
    const scale = (wide * high) / left;
    const count = rowLength(values.slice(at), scale, Math.min(wide, high));
    const row = values.slice(at, at + count);
    const sum = row.reduce((all, value) => all + value, 0);
    const share = at + count === values.length ? 1 : sum / left;
    const [strip, remaining] = split(room, share, upright);
    blocks.push(...divide(strip, row, sum, upright));
    room = remaining;
    left -= sum;
    at += count;
  }
  return blocks;
}

/** How many of the first values make the best row along a side. */
function rowLength(values: readonly number[], scale: number, side: number): number {
  let sum = 0;
  let best = Infinity;
  for (const [index, value] of values.entries()) {
    sum += value * scale;
    const thick = sum / side;
    // The last is the smallest but for the rest of all; the first the largest.
    const worst = Math.max(...[values[0] ?? 0, value].map((each) => ratio((each * scale) / thick, thick)));
    if (worst > best) return index;
    best = worst;
  }
  return values.length;
}

function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

/** A strip at the left (or top) with a share of the room, and what remains. */
function split(room: Block, share: number, upright: boolean): [strip: Block, remaining: Block] {
  if (upright) {
    const at = room.left + Math.round((room.right - room.left) * share);
    return [
      { ...room, right: at },
      { ...room, left: at },
    ];
  }
  const at = room.top + Math.round((room.bottom - room.top) * share);
  return [
    { ...room, bottom: at },
    { ...room, top: at },
  ];
}

/** Cuts a strip into blocks by their values. */
function divide(strip: Block, values: readonly number[], sum: number, upright: boolean): Block[] {
  const [from, to] = upright ? [strip.top, strip.bottom] : [strip.left, strip.right];
  let before = 0;
  return values.map((value) => {
    const begin = from + Math.round(((to - from) * before) / sum);
    before += value;
    const end = from + Math.round(((to - from) * before) / sum);
    return upright ? { ...strip, top: begin, bottom: end } : { ...strip, left: begin, right: end };
  });
}
