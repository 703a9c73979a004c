import { cut } from '../../render/width.ts';
import { layoutOf } from '../layout.ts';
import { lastScroll, nameColumns, pageLines, type PageLine } from '../page-lines.ts';
import type { Cover, State } from '../state.ts';
import { clamp } from '../state.ts';
import { fit } from '../text.ts';
import type { Body } from './draw.ts';
import type { Painter } from './painter.ts';

/** Details or keys: text to read, scrolled. */
export function drawPage(
  state: State,
  page: Extract<Cover, { kind: 'details' | 'keys' }>,
  paint: Painter,
): Body {
  const { width, body } = layoutOf(state);
  const all = pageLines(state, page.kind, paint.utf8);
  // The window may have grown since.
  const from = clamp(page.scroll, lastScroll(state, page.kind));
  const lines = all
    .slice(from, from + body)
    .map((line) => drawLine(line, nameColumns(page.kind), width, paint));
  const hidden = all.length - from - lines.length;
  const more = hidden > 0 ? `, ${hidden} more below` : '';
  const head = ` ${page.kind === 'keys' ? 'Keys' : 'Details'}${more}`;
  return { head: paint.dim(cut(head, width, paint.glyphs.more)), lines, cursor: [0, 0] };
}

function drawLine({ name, text }: PageLine, columns: number, width: number, paint: Painter): string {
  const { more } = paint.glyphs;
  if (width <= columns) return cut(`${name} ${text}`, width, more);
  return ` ${paint.dim(fit(name, columns - 1, more))} ${text}`.trimEnd();
}
