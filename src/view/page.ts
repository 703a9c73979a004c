import type { Action } from './keys.ts';
import { layoutOf } from './layout.ts';
import { lastScroll } from './page-lines.ts';
import { clamp, withoutCover, type Cover, type State } from './state.ts';

type PageCover = Extract<Cover, { kind: 'details' | 'keys' }>;

/** A page scrolls and is left; the keys that go elsewhere are not its business. */
export function pressOnPage(state: State, page: PageCover, action: Action): State | undefined {
  const height = layoutOf(state).body;
  const scroll = (to: number): State => ({
    ...state,
    covers: [...state.covers.slice(0, -1), { ...page, scroll: clamp(to, lastScroll(state, page.kind)) }],
  });
  switch (action) {
    case 'up':
      return scroll(page.scroll - 1);
    case 'down':
      return scroll(page.scroll + 1);
    case 'page-up':
      return scroll(page.scroll - height + 1);
    case 'page-down':
      return scroll(page.scroll + height - 1);
    case 'first':
      return scroll(0);
    case 'last':
      return scroll(Infinity);
    case 'next-tab':
    case 'previous-tab':
    case 'tab':
      return undefined;
    case 'keys':
    case 'details':
      return page.kind === action ? withoutCover(state) : undefined;
    case 'back':
    case 'leave':
    case 'close':
    case 'enter':
    case 'out':
      return withoutCover(state);
    default:
      return state;
  }
}
