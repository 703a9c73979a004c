import fc from 'fast-check';
import { draw } from '../../src/view/draw/draw.ts';
import { painter } from '../../src/view/draw/painter.ts';
import type { State } from '../../src/view/state.ts';

/** Keys by our names, and as tmux calls them. */
export const keyNames: Readonly<Record<string, string>> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  'page-up': 'PPage',
  'page-down': 'NPage',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  tab: 'Tab',
  'shift-tab': 'BTab',
  escape: 'Escape',
  backspace: 'BSpace',
  'ctrl-u': 'C-u',
  'ctrl-l': 'C-l',
};

/** Any key that does not leave. */
export const anyKey = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(keyNames)) },
  { weight: 4, arbitrary: fc.constantFrom(...Array.from('hjklgGbnNsfti?/*1234567')) },
  { weight: 1, arbitrary: fc.constantFrom(...Array.from('aeo .:日é')) },
);

const plain = painter({ color: false, utf8: true });

/** What a terminal shows of a state. */
export function linesOf(state: State): string[] {
  return draw(state, plain).lines.map((line) => line.trimEnd());
}
