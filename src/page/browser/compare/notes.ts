import type { ComparePage } from '../../compare/data.ts';
import { make } from '../dom.ts';

/** What has to be said of the figures. */
export function makeNotes({ notes, methods }: ComparePage): HTMLElement[] {
  const statements = methods.flatMap(({ name, statement }) =>
    statement === undefined ? [] : [make('li', {}, make('strong', {}, name), `: ${statement}`)],
  );
  const items = [...statements, ...notes.map((note) => make('li', {}, note))];
  return items.length === 0 ? [] : [make('ul', { class: 'reasons' }, ...items)];
}
