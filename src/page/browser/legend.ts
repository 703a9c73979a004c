import type { Colouring } from '../data.ts';
import { colouringsOf } from './classes.ts';
import { make, swatch } from './dom.ts';
import type { Look } from './look.ts';
import type { Store } from './store.ts';
import { share } from './words.ts';

const words: Readonly<Record<Colouring, string>> = {
  layer: 'topmost part',
  sort: 'sort of file',
  module: 'module',
};

/** What the colours mean, and the choice of what they shall mean. */
export function makeLegend(
  store: Store,
  look: () => Look,
  choose: (colouring: Colouring) => void,
): { element: HTMLElement; repaint(): void } {
  const select = make('select', { id: 'colouring' });
  const list = make('ul');
  const label = make('label', { for: 'colouring' }, 'Colour by ');
  const element = make('div', { class: 'legend' }, make('span', {}, label, select), list);
  select.addEventListener('change', () => {
    const chosen = colouringsOf(store.get().tree).find((one) => one === select.value);
    if (chosen) choose(chosen);
  });
  const repaint = (): void => {
    const { tree } = store.get();
    const { classes, colouring, hue } = look();
    select.replaceChildren(
      ...colouringsOf(tree).map((one) =>
        make('option', { value: one, selected: one === colouring }, words[one]),
      ),
    );
    const whole = tree.bytes[0] ?? 0;
    list.replaceChildren(
      ...classes.legend
        .filter((entry) => entry.bytes > 0)
        .map((entry) =>
          make(
            'li',
            { title: entry.label },
            swatch(hue(entry.hue)),
            make('span', { class: 'words' }, entry.label),
            make('span', { class: 'share' }, share(entry.bytes, whole)),
          ),
        ),
    );
    if (tree.wasted[0] !== 0)
      list.append(
        make(
          'li',
          {},
          make('span', { class: 'swatch striped', 'aria-hidden': 'true' }),
          make('span', { class: 'words' }, 'waste'),
          make('span', { class: 'share' }, share(tree.wasted[0] ?? 0, whole)),
        ),
      );
  };
  repaint();
  return { element, repaint };
}
