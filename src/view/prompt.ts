import { filterTree } from './filter.ts';
import type { Key } from './input.ts';
import { nextMatch, searchTree, type Search } from './search.ts';
import { reveal, selected, setFilter, withPane, type Prompt, type State } from './state.ts';

/** UTF-16 units that a typed line may have; enough for any name that is worth typing. */
const longest = 200;

/** Asks for a line. A filter that is set can be changed. */
export function ask(state: State, what: Prompt['for']): State {
  const text = what === 'filter' ? (state.pane.filter?.text ?? '') : '';
  return { ...state, prompt: { for: what, text } };
}

export function pressOnPrompt(state: State, prompt: Prompt, key: Key): State {
  const write = (text: string): State => ({ ...state, prompt: { ...prompt, text } });
  switch (key) {
    case 'enter':
      return answer({ ...state, prompt: undefined }, prompt);
    case 'escape':
      return { ...state, prompt: undefined };
    case 'backspace':
      return write(prompt.text.replace(/.$/su, ''));
    case 'ctrl-u':
      return write('');
    default:
      // What is longer is the name of a key that types nothing.
      return /^.$/su.test(key) && prompt.text.length < longest ? write(prompt.text + key) : state;
  }
}

function answer(state: State, { for: what, text }: Prompt): State {
  return what === 'search' ? search(state, text) : filter(state, text);
}

/** An empty text looks for the last one again. */
function search(state: State, text: string): State {
  if (text === '') return seek(state, 1);
  const found = searchTree(state.pane, text);
  return seek({ ...state, pane: { ...state.pane, search: found } }, 1);
}

/** To the next match, or the one before. A search that was typed in another tab counts here too. */
export function seek(state: State, step: 1 | -1): State {
  const { pane } = state;
  if (pane.search === undefined) return { ...state, message: 'search with / first' };
  const found = nextMatch(pane, pane.search, selected(pane), step);
  if (found === undefined) return { ...state, message: `no name has ${quoted(pane.search)}` };
  const message = `${pane.search.count} ${pane.search.count === 1 ? 'name has' : 'names have'} ${quoted(pane.search)}`;
  return { ...withPane({ ...state, covers: [] }, reveal(pane, found)), message };
}

const quoted = ({ text }: Pick<Search, 'text'>): string => `"${text}"`;

function filter(state: State, text: string): State {
  const { pane } = state;
  const made = filterTree(pane.index.tree, text);
  if (made?.count === 0) return { ...state, message: `nothing here is ${quoted(made)}` };
  if (made === undefined && pane.filter === undefined) return state;
  return withPane({ ...state, covers: [] }, setFilter(pane, made));
}
