import { nodeKinds, type ByteTree } from '../../explain/tree.ts';
import { bytes } from '../../render/units.ts';
import { cut, displayWidth } from '../../render/width.ts';
import { layoutOf } from '../layout.ts';
import { drawnMap } from '../map.ts';
import { shownChildren } from '../rows.ts';
import type { Cover, State } from '../state.ts';
import { clean, counted, cutName, fit, share } from '../text.ts';
import { pathOf } from '../tree-index.ts';
import type { Block } from '../treemap.ts';
import { canvas, type Canvas } from './canvas.ts';
import type { Body } from './draw.ts';
import type { Painter } from './painter.ts';

/** The parts of a node as blocks. The selected one has thicker borders, so that it is seen without colour too. */
export function drawMap(state: State, map: Extract<Cover, { kind: 'map' }>, paint: Painter): Body {
  const { width, body } = layoutOf(state);
  const { tree } = state.pane.index;
  const { blocks, rest, parts: count, toScale } = drawnMap(state, map.of);
  const whole = tree.bytes[0] ?? 0;
  const picture = canvas(width, body, paint);
  for (const { block } of blocks) picture.box(block);
  if (rest !== undefined) {
    picture.box(rest.block);
    const name = (): string => counted(rest.parts, 'more', 'more');
    label(picture, rest.block, { name, size: bytes(rest.bytes), part: share(rest.bytes, whole) }, 'dim');
  }
  let cursor: readonly [number, number] = [0, 0];
  for (const { node, block } of blocks) {
    const own = tree.bytes[node] ?? 0;
    const chosen = node === map.chosen;
    if (chosen) {
      picture.frame(block);
      cursor = [block.top + 1, block.left + 1];
    }
    const look = tree.waste.has(node) ? 'waste' : 'plain';
    const words = { name: naming(tree, node, paint), size: bytes(own), part: share(own, whole) };
    label(picture, block, words, chosen ? 'selected' : look);
    parts(picture, block, state, node, paint);
  }
  const path = clean(pathOf(tree, map.of));
  const said =
    count === 0 ? 'nothing to draw' : counted(count, 'part') + (toScale ? '' : ', the rest drawn smaller');
  const head = ` ${cut(`${path}${paint.glyphs.between}${said}`, Math.max(0, width - 1), paint.glyphs.more)}`;
  return { head: paint.dim(head), lines: picture.lines(), cursor };
}

/** A name in at most so many columns. */
type Naming = (columns: number) => string;

/** Writes into a block the name, and below it or beside it size and share when they fit. */
function label(
  picture: Canvas,
  block: Block,
  { name, size, part }: { readonly name: Naming; readonly size: string; readonly part: string },
  look: 'plain' | 'dim' | 'waste' | 'selected',
): void {
  const room = block.right - block.left - 3;
  const [column, row] = [block.left + 2, block.top + 1];
  const short = name(room);
  if (block.bottom - block.top === 2) {
    const free = room - displayWidth(size) - 2;
    return picture.write(column, row, free < 8 ? short : `${name(free)}  ${size}`, look);
  }
  // A number that is cut is another number.
  const sizes = [`${size}  ${part}`, size].find((words) => displayWidth(words) <= room) ?? '';
  picture.write(column, row, short, look);
  picture.write(column, row + 1, sizes, look === 'plain' ? 'dim' : look);
}

/** In what is left of a large block: its own largest parts. */
function parts(picture: Canvas, block: Block, state: State, node: number, paint: Painter): void {
  const { tree } = state.pane.index;
  const room = block.right - block.left - 3;
  const high = block.bottom - block.top - 4;
  if (high < 1 || room < 16) return;
  const largest = shownChildren({ ...state.pane, sort: 'size' }, node).subarray(0, high);
  for (const [line, part] of largest.entries()) {
    const size = bytes(tree.bytes[part] ?? 0).padStart(8);
    const free = room - displayWidth(size) - 1;
    const name = fit(naming(tree, part, paint)(free), free, paint.glyphs.more);
    picture.write(block.left + 2, block.top + 4 + line, `${name} ${size}`, 'dim');
  }
}

function naming(tree: ByteTree, node: number, { glyphs }: Painter): Naming {
  const kind = nodeKinds[tree.kind[node] ?? 0];
  const name = clean(tree.names[node] ?? '') + (kind === 'directory' ? '/' : '');
  return (columns) => cutName(name, kind, columns, glyphs.more);
}
