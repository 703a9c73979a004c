import { button, make } from './dom.ts';
import type { Store } from './store.ts';

/** One tab for each tree. Arrow keys go from tab to tab, as in the ARIA practices. */
export function makeTabs(store: Store, labels: readonly string[], open: (tab: number) => void): HTMLElement {
  const tabs = labels.map((label, index) =>
    button({ role: 'tab', id: `tab-${index}`, 'aria-controls': 'view' }, () => open(index), label),
  );
  const element = make('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Ways to look' }, ...tabs);
  const repaint = (): void => {
    const { tab } = store.get();
    for (const [index, one] of tabs.entries()) {
      one.setAttribute('aria-selected', String(index === tab));
      one.tabIndex = index === tab ? 0 : -1;
    }
  };
  element.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (store.get().tab + by + tabs.length) % tabs.length;
    open(next);
    tabs[next]?.focus();
  });
  store.listen((now, before) => {
    if (now.tab !== before.tab) repaint();
  });
  repaint();
  return element;
}
