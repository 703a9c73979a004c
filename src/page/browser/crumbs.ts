import { button, make } from './dom.ts';
import type { Store } from './store.ts';

/** The way from the whole to what fills the map; each step leads back there. */
export function makeCrumbs(store: Store): HTMLElement {
  const list = make('ol');
  const element = make('nav', { class: 'crumbs', 'aria-label': 'Place on the map' }, list);
  const repaint = (): void => {
    const { tree, root } = store.get();
    const path = tree.path(root);
    list.replaceChildren(
      ...path.map((node, index) => {
        const here = node === root;
        const go = (): void => store.set({ root: node, selected: path[index + 1] ?? store.get().selected });
        const attributes = { title: tree.name(node), ...(here ? { 'aria-current': 'location' } : {}) };
        return make('li', {}, button(attributes, go, tree.name(node)));
      }),
    );
    element.scrollLeft = element.scrollWidth;
  };
  store.listen((now, before) => {
    if (now.tree !== before.tree || now.root !== before.root) repaint();
  });
  repaint();
  return element;
}
