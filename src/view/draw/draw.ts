import { bytes } from '../../render/units.ts';
import { cut, displayWidth } from '../../render/width.ts';
import { bindings, keyNames } from '../keys.ts';
import { layoutOf } from '../layout.ts';
import { isSized, lookedAt, type State } from '../state.ts';
import { clean, cutLeft, grouped, share } from '../text.ts';
import { pathOf } from '../tree-index.ts';
import type { Picture } from '../update.ts';
import { drawList } from './list.ts';
import { drawMap } from './map.ts';
import { drawPage } from './page.ts';
import { painter, type Painter } from './painter.ts';

/** The middle of the screen, with the line above it. */
export interface Body {
  readonly head: string;
  /** At most as many as there is room. */
  readonly lines: readonly string[];
  /** Line of `lines` and column where the cursor stands. */
  readonly cursor: readonly [row: number, column: number];
}

/** Columns below which lines do not fit as they are made, and are cut. */
const narrow = 24;

/** What the screen shows: exactly as many lines as it has. */
export function draw(state: State, paint: Painter): Picture {
  const { width } = layoutOf(state);
  if (width >= narrow) return compose(state, paint);
  // Marks of colour cannot be cut, and here nobody misses them.
  const picture = compose(state, painter({ color: false, utf8: paint.utf8 }));
  const { row, column } = picture.cursor;
  return {
    ...picture,
    lines: picture.lines.map((line) => cut(line, width, paint.glyphs.more)),
    cursor: { row, column: Math.min(column, width) },
  };
}

function compose(state: State, paint: Painter): Picture {
  const layout = layoutOf(state);
  const body = drawBody(state, paint);
  const above = [
    ...(layout.title ? [title(state, paint)] : []),
    ...(layout.tabs ? [tabs(state, paint)] : []),
    ...(layout.head ? [body.head] : []),
  ];
  const middle = Array.from({ length: layout.body }, (_, row) => body.lines[row] ?? '');
  const below = [
    ...(layout.summary ? [summary(state, paint)] : []),
    ...(layout.keys ? [keysLine(state, paint)] : []),
  ];
  const lines = [...above, ...middle, ...below];
  const from = above.length;
  let cursor = { row: from + body.cursor[0], column: body.cursor[1] };
  const asked = promptLine(state, paint);
  if (asked !== undefined) {
    lines[lines.length - 1] = asked.line;
    cursor = { row: lines.length - 1, column: asked.column };
  }
  return { lines, cursor, body: { from, to: from + layout.body } };
}

function drawBody(state: State, paint: Painter): Body {
  const cover = state.covers.at(-1);
  if (cover === undefined) return drawList(state, paint);
  return cover.kind === 'map' ? drawMap(state, cover, paint) : drawPage(state, cover, paint);
}

/** What is looked at, its size, and as many words about it as there is room for. */
function title(state: State, paint: Painter): string {
  const { title: name, about } = state.viewed;
  const { width } = layoutOf(state);
  const { more, between } = paint.glyphs;
  const [first = '', ...others] = about.map(clean);
  const left = cutLeft(clean(name), Math.max(0, width - displayWidth(first) - 3), more);
  let right = first;
  for (const words of others) {
    const longer = right + between + words;
    if (displayWidth(left) + displayWidth(longer) + 3 > width) break;
    right = longer;
  }
  return spread(` ${paint.bold(left)}`, paint.dim(right), width);
}

/** The names of the views, and how this one is sorted and filtered. */
function tabs(state: State, paint: Painter): string {
  const { width } = layoutOf(state);
  const { more } = paint.glyphs;
  const names = state.viewed.tabs.map((tab, index) => {
    const name = `${index + 1} ${tab.name}`;
    return index === state.tab ? `[${name}]` : ` ${name} `;
  });
  const left = cut(names.join(''), width, more);
  const current = names[state.tab] ?? '';
  const room = Math.max(0, width - displayWidth(left) - 1);
  const { waiting } = state.viewed;
  const said = `${waiting === undefined ? '' : `${waiting}, `}${condition(state)}`;
  // A filter that is set must be seen.
  const right = state.pane.filter === undefined && displayWidth(said) > room ? '' : cut(said, room, more);
  return spread(
    left.replace(current, () => paint.bold(current)),
    paint.dim(right),
    width,
  );
}

function condition({ pane: { sort, filter } }: State): string {
  if (filter === undefined) return sort === 'order' ? 'as it lies' : `by ${sort}`;
  return `filter ${clean(filter.text)}: ${grouped(filter.count)}, ${bytes(filter.bytes)}`;
}

/** What is selected, and its share of the whole. */
function summary(state: State, paint: Painter): string {
  const { tree } = state.pane.index;
  const { width } = layoutOf(state);
  const { more } = paint.glyphs;
  const node = lookedAt(state);
  const own = tree.bytes[node] ?? 0;
  const whole = tree.bytes[0] ?? 0;
  const sizes = node === 0 ? bytes(whole) : `${bytes(own)} of ${bytes(whole)}  ${share(own, whole)}`;
  const right = isSized(state, node) ? cut(sizes, width, more) : '';
  const path = cutLeft(clean(pathOf(tree, node)), Math.max(0, width - displayWidth(right) - 3), more);
  return spread(` ${paint.bold(path)}`, paint.bold(right), width);
}

/** What was just said, or the keys that most people need. */
function keysLine(state: State, paint: Painter): string {
  const { width } = layoutOf(state);
  if (state.message !== undefined)
    return ` ${paint.yellow(cut(clean(state.message), Math.max(0, width - 1), paint.glyphs.more))}`;
  const hints = bindings.flatMap((binding) =>
    binding.hint === undefined ? [] : [[keyNames(binding, paint.utf8)[0] ?? '', binding.hint] as const],
  );
  let line = '';
  let used = 0;
  for (const [key, hint] of hints) {
    const columns = displayWidth(` ${key} ${hint} `);
    if (used + columns > width) break;
    line += ` ${paint.bold(key)} ${paint.dim(hint)} `;
    used += columns;
  }
  return line;
}

/** The line being typed, and the column of its end. */
function promptLine(state: State, paint: Painter): { line: string; column: number } | undefined {
  const { prompt } = state;
  if (prompt === undefined) return undefined;
  const { width } = layoutOf(state);
  const { more } = paint.glyphs;
  const label = cut(prompt.for === 'search' ? ' search: ' : ' filter: ', width, more);
  const text = cutLeft(clean(prompt.text), Math.max(0, width - displayWidth(label)), more);
  const column = displayWidth(label) + displayWidth(text);
  const help = prompt.for === 'search' ? 'part of a name' : 'text, waste, kind:file; nothing shows all';
  const shown = width - column >= displayWidth(help) + 3 ? paint.dim(help) : '';
  return { line: spread(`${paint.bold(label)}${text}`, shown, width), column };
}

/** One text at the left and one at the right edge. */
function spread(left: string, right: string, width: number): string {
  if (right === '') return left;
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap < 1 ? left : `${left}${' '.repeat(gap)}${right}`;
}
