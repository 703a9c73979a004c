import { announce } from './actions.ts';
import { make, swatch } from './dom.ts';
import type { Look } from './look.ts';
import type { State, Store } from './store.ts';
import { bytes, counted, exactBytes, share } from './words.ts';

/** What is known of the node under the pointer, or else of the selected one. */
export function makeDetails(store: Store, look: () => Look): { element: HTMLElement; repaint(): void } {
  const shown = make('div', { class: 'details', id: 'details' });
  const spoken = make('p', { class: 'unseen', 'aria-live': 'polite' });
  const element = make('div', {}, shown, spoken);
  const repaint = (): void => {
    const state = store.get();
    shown.replaceChildren(...describe(state, state.hover >= 0 ? state.hover : state.selected, look()));
  };
  store.listen((now, before) => {
    repaint();
    if (now.selected !== before.selected) spoken.textContent = announce(now.tree, now.root, now.selected);
  });
  repaint();
  return { element, repaint };
}

function describe({ tree, root }: State, node: number, look: Look): HTMLElement[] {
  const size = tree.bytes[node] ?? 0;
  const count = tree.childCount(node);
  const shares = [share(size, tree.bytes[0] ?? 0) + ' of all'];
  if (root !== 0 && node !== root)
    shares.unshift(`${share(size, tree.bytes[root] ?? 0)} of ${tree.name(root)}`);
  const figures = [
    size < 1000 ? bytes(size) : `${bytes(size)} (${exactBytes(size)})`,
    ...shares,
    ...(count > 0 ? [counted(count, 'part')] : []),
  ].join(' · ');
  const path = tree
    .path(node)
    .slice(1)
    .map((one) => tree.name(one))
    .join(' / ');
  const lines = [
    make(
      'p',
      { class: 'what' },
      swatch(look.fill(node)),
      make('strong', {}, tree.name(node)),
      ` ${tree.kindOf(node)}`,
    ),
    make('p', { class: 'figures' }, figures),
  ];
  const waste = tree.waste(node);
  if (waste !== undefined) lines.push(make('p', { class: 'wasted' }, make('strong', {}, 'Waste: '), waste));
  const note = tree.note(node);
  if (note !== undefined) lines.push(make('p', { class: 'note' }, note));
  if (path !== '' && path !== tree.name(node)) lines.push(make('p', { class: 'path' }, path));
  return lines;
}
