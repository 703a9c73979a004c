import { make } from './dom.ts';
import type { Matches } from './search.ts';
import type { Store } from './store.ts';
import type { Tree } from './tree.ts';

/** The field to search in. Results show as they are typed, in the table and on the map. */
export function makeSearchBox(
  store: Store,
  search: (tree: Tree, query: string) => Matches | undefined,
  leave: (toResults: boolean) => void,
): HTMLInputElement {
  const field = make('input', {
    type: 'search',
    placeholder: 'Search names and paths  ( / )',
    'aria-label': 'Search names and paths',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  let timer = 0;
  const run = (): void => {
    window.clearTimeout(timer);
    const { tree, query } = store.get();
    if (field.value !== query) store.set({ query: field.value, matches: search(tree, field.value) });
  };
  field.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(run, 60);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') field.value = '';
    else if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    event.stopPropagation();
    run();
    leave(event.key !== 'Escape');
  });
  return field;
}
