import { make } from '../dom.ts';

/** A part of the page. */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly content: readonly HTMLElement[];
}

export function makePart({ id, title, content }: Part): HTMLElement {
  const heading = `${id}-title`;
  return make(
    'section',
    { id, 'aria-labelledby': heading },
    make('h2', { id: heading, tabindex: -1 }, title),
    ...content,
  );
}

/** Behind a figure that is the best of its column. */
export function bestMark(): HTMLElement {
  return make('span', { class: 'star', role: 'img', 'aria-label': 'best', title: 'best' }, '★');
}

/** The name of a method, with what must be known of it wherever it stands. */
export function methodName({
  name,
  chosen,
}: {
  readonly name: string;
  readonly chosen: boolean;
}): HTMLElement {
  const words = make('span', { class: 'method' }, make('span', { class: 'name' }, name));
  if (chosen) words.append(' ', make('span', { class: 'badge' }, 'chosen'));
  return words;
}
