import { button, make } from './dom.ts';
import { keyWords } from './keys.ts';

/** The dialog that `?` opens. */
export function makeHelp(): HTMLDialogElement {
  const dialog = make('dialog', { class: 'help', 'aria-labelledby': 'help-title' });
  dialog.append(
    make('h2', { id: 'help-title' }, 'Keys'),
    make(
      'dl',
      {},
      ...keyWords.map(([keys, what]) =>
        make('div', {}, make('dt', {}, make('kbd', {}, keys)), make('dd', {}, what)),
      ),
    ),
    make(
      'p',
      {},
      'With a mouse or a finger: the first click selects, the second zooms in; the path above the map leads out again. ' +
        'Areas show bytes. Striped boxes are waste.',
    ),
    button({}, () => dialog.close(), 'Close'),
  );
  return dialog;
}
