import { button, make } from './dom.ts';

/** The dialog that `?` opens. */
export function makeHelp(
  keyWords: readonly (readonly [keys: string, what: string])[],
  words: string,
): HTMLDialogElement {
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
    make('p', {}, words),
    button({}, () => dialog.close(), 'Close'),
  );
  return dialog;
}
