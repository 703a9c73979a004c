import type { Action } from './keys.ts';
import { layoutOf } from './layout.ts';
import { lastScroll } from './page-lines.ts';
import { clamp, withoutCover, type Cover, type State } from './state.ts';

type PageCover = Extract<Cover, { kind: 'details' | 'keys' }>;

/** Where a page is scrolled to. */
const turns: Readonly<Partial<Record<Action, (scroll: number, height: number) => number>>> = {
  up: (scroll) => scroll - 1,
  down: (scroll) => scroll + 1,
  'page-up': (scroll, height) => scroll - Math.max(1, height - 1),
  'page-down': (scroll, height) => scroll + Math.max(1, height - 1),
  first: () => 0,
  last: () => Infinity,
};

const leaving: ReadonlySet<Action> = new Set(['back', 'leave', 'close', 'enter', 'out']);
/** Not the page's business. */
const elsewhere: ReadonlySet<Action> = new Set(['next-tab', 'previous-tab', 'tab', 'keys', 'details']);

/** A page scrolls and is left. @returns undefined for keys that go elsewhere */
export function turnPage(state: State, page: PageCover, action: Action): State | undefined {
  if (leaving.has(action) || action === page.kind) return withoutCover(state);
  if (elsewhere.has(action)) return undefined;
  const turn = turns[action];
  if (turn === undefined) return state;
  const scroll = clamp(turn(page.scroll, layoutOf(state).body), lastScroll(state, page.kind));
  return { ...state, covers: [...state.covers.slice(0, -1), { ...page, scroll }] };
}
