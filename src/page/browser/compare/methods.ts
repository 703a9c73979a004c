import type { ComparePage, MethodWords } from '../../compare/data.ts';
import { make } from '../dom.ts';
import { methodName } from './part.ts';

/** Each method: what it is, what must be said of it, why it failed, and its Dockerfile to open. On paper all are open. */
export function makeMethods({ methods }: ComparePage): HTMLElement[] {
  const all = methods.map(makeMethod);
  window.addEventListener('beforeprint', () => {
    for (const one of all) one.open = true;
  });
  return all;
}

function makeMethod(method: MethodWords): HTMLDetailsElement {
  const { name, means, statement, failure, dockerfile } = method;
  const element = make(
    'details',
    { class: 'recipe', 'data-method': name, open: failure !== undefined },
    make('summary', {}, methodName(method), make('span', { class: 'means' }, means)),
  );
  if (failure)
    element.append(
      make('p', { class: 'failure' }, make('strong', {}, failure.what), `: ${failure.cause}`),
      ...(failure.said.length > 0
        ? [make('pre', { class: 'said', tabindex: 0 }, failure.said.join('\n'))]
        : []),
    );
  if (statement !== undefined) element.append(make('p', { class: 'statement' }, statement));
  if (dockerfile === undefined)
    element.append(make('p', { class: 'statement' }, 'It was given as an image.'));
  else element.append(make('pre', { tabindex: 0, 'aria-label': `Dockerfile of ${name}` }, dockerfile));
  return element;
}
