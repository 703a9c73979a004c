import type { HeaderWords } from '../data.ts';
import { button, make } from './dom.ts';

/** The top of a page: what it is about, its figures, its parts, light or dark, help. */
export function makeHeader(
  { title, subtitle, facts }: HeaderWords,
  parts: readonly { readonly id: string; readonly title: string }[],
  toggle: () => void,
  help: () => void,
): HTMLElement {
  return make(
    'header',
    {},
    make('div', { class: 'title' }, make('h1', {}, title), make('p', {}, subtitle)),
    make(
      'dl',
      { class: 'facts' },
      ...facts.map(({ label, value, about }) =>
        make('div', { title: about }, make('dd', {}, value), make('dt', {}, label)),
      ),
    ),
    make(
      'nav',
      { 'aria-label': 'Parts of this page' },
      ...parts.map((part) => make('a', { href: `#${part.id}` }, part.title)),
    ),
    make(
      'div',
      { class: 'buttons' },
      button({ title: 'Light or dark (t)', 'aria-label': 'Light or dark' }, toggle, '◐'),
      button({ title: 'Keys (?)', 'aria-label': 'Keys' }, help, '?'),
    ),
  );
}
