import type { ComparePage } from '../../compare/data.ts';
import { make } from '../dom.ts';

/** Why this method: reasons, then the way through the tree of decisions. */
export function makeDecision({ decision }: ComparePage): HTMLElement[] {
  const { reasons, path } = decision;
  const steps = path.map(({ question, answer, because }) =>
    make(
      'li',
      {},
      make('span', { class: 'question' }, question),
      ' ',
      make('strong', {}, answer),
      make('span', { class: 'because' }, because),
    ),
  );
  return [
    ...(reasons.length > 0
      ? [make('ul', { class: 'reasons' }, ...reasons.map((reason) => make('li', {}, reason)))]
      : []),
    ...(steps.length > 0
      ? [make('ol', { class: 'path', 'aria-label': 'How it was decided' }, ...steps)]
      : []),
  ];
}
