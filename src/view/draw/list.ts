import { nodeKinds } from '../../explain/tree.ts';
import { bytes } from '../../render/units.ts';
import { cut, displayWidth } from '../../render/width.ts';
import { layoutOf } from '../layout.ts';
import { isSized, type State } from '../state.ts';
import { clean, cutName, fit, share } from '../text.ts';
import { depthOf } from '../tree-index.ts';
import type { Body } from './draw.ts';
import type { Painter } from './painter.ts';

/** Columns at the left of the names. A narrow window loses the bars first, the sizes last. */
interface Columns {
  readonly size: number;
  readonly share: number;
  readonly bar: number;
  /** For the name and what is said of it. */
  readonly name: number;
}

function columnsOf(state: State): Columns {
  const { width } = layoutOf(state);
  const plain = state.viewed.tabs[state.tab]?.plain === true;
  const size = plain || width < 24 ? 0 : 9;
  const share = plain || width < 40 ? 0 : 8;
  const bar = plain || width < 60 ? 0 : 12;
  // One for the pointer, one for what says open or closed, and a space after each.
  return { size, share, bar, name: Math.max(0, width - size - share - bar - 4) };
}

/** The tree, line by line. */
export function drawList(state: State, paint: Painter): Body {
  const { pane } = state;
  const columns = columnsOf(state);
  const nodes = [...pane.rows.subarray(pane.top, pane.top + layoutOf(state).body)];
  const lines = nodes.map((node, row) => line(state, node, pane.top + row === pane.at, columns, paint));
  const head = `  ${columns.size > 0 ? 'size'.padStart(columns.size - 1) : ''}${columns.share > 0 ? 'share'.padStart(columns.share) : ''}${' '.repeat(columns.bar)}   name`;
  const { width } = layoutOf(state);
  return { head: paint.dim(cut(head, width, '')), lines, cursor: [pane.at - pane.top, 0] };
}

function line(state: State, node: number, selected: boolean, columns: Columns, paint: Painter): string {
  const { tree } = state.pane.index;
  const own = tree.bytes[node] ?? 0;
  const whole = tree.bytes[0] ?? 0;
  const sized = isSized(state, node);
  const size = (sized ? bytes(own) : '').padStart(columns.size).slice(0, columns.size);
  const part = (sized ? share(own, whole) : '').padStart(columns.share).slice(0, columns.share);
  const bar = columns.bar > 0 ? `  ${barOf(own / whole, columns.bar - 3, paint)} ` : '';
  const [name, said, isWaste] = wordsOf(state, node, columns.name, paint);
  const { width } = layoutOf(state);
  if (selected)
    return paint.selected(
      fit(`${paint.glyphs.pointer}${size}${part}${bar} ${name}${said}`, width, paint.glyphs.more),
    );
  const note = isWaste ? paint.yellow(said) : paint.dim(said);
  return ` ${size}${paint.dim(part)}${paint.cyan(bar)} ${name}${note}`.trimEnd();
}

/** The name with its indent, what is said of it, and whether it is waste. */
function wordsOf(
  state: State,
  node: number,
  room: number,
  paint: Painter,
): [name: string, said: string, isWaste: boolean] {
  const { pane } = state;
  const { tree } = pane.index;
  const { glyphs } = paint;
  // Deep down the indent stops growing, so that names stay readable.
  const indent = ' '.repeat(Math.min(depthOf(tree, node) * 2, Math.floor(room / 3)));
  const mark = pane.open[node] === 1 ? glyphs.open : glyphs.closed;
  const twist = pane.index.count(node) > 0 ? mark : ' ';
  const kind = nodeKinds[tree.kind[node] ?? 0];
  const slash = kind === 'directory' && node !== 0 ? '/' : '';
  const free = room - indent.length;
  const name = cutName(clean(tree.names[node] ?? '') + slash, kind, free, glyphs.more);
  const waste = tree.waste.get(node);
  const words = waste === undefined ? tree.note.get(node) : `waste: ${waste}`;
  const left = free - displayWidth(name) - 2;
  const said = words === undefined || left < 6 ? '' : `  ${cut(clean(words), left, glyphs.more)}`;
  return [`${indent}${twist} ${name}`, said, waste !== undefined];
}

/** A share as a bar, to an eighth of a column. */
function barOf(part: number, columns: number, { glyphs }: Painter): string {
  const eighths = Number.isFinite(part) ? Math.round(Math.max(0, Math.min(1, part)) * columns * 8) : 0;
  const full = (glyphs.bar.at(-1) ?? '').repeat(Math.floor(eighths / 8));
  const rest = eighths % 8 === 0 ? '' : (glyphs.bar[(eighths % 8) - 1] ?? '');
  return (full + rest).padEnd(columns);
}
