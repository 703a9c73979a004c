import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKeys } from '../../src/view/input.ts';

const typed: Readonly<Record<string, string>> = {
  '\u001B[A': 'up',
  '\u001BOB': 'down',
  '\u001B[1;5C': 'right',
  '\u001B[D': 'left',
  '\u001B[5~': 'page-up',
  '\u001B[6~': 'page-down',
  '\u001B[H': 'home',
  '\u001B[4~': 'end',
  '\u001B[Z': 'shift-tab',
  '\r': 'enter',
  '\t': 'tab',
  '\u007F': 'backspace',
  '\u0003': 'ctrl-c',
  '\u001A': 'ctrl-z',
  q: 'q',
  é: 'é',
  '🎉': '🎉',
  ' ': ' ',
};

test('keys are read however the line cuts them into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...Object.keys(typed)), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      (sent, pieces) => {
        const text = sent.join('');
        const keys: string[] = [];
        let rest = '';
        let at = 0;
        for (let turn = 0; at < text.length; turn++) {
          let end = at + (pieces[turn % pieces.length] ?? 1);
          // The stream's decoder never cuts a character.
          if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end++;
          const read = readKeys(rest + text.slice(at, end));
          keys.push(...read.keys);
          rest = read.rest;
          at = end;
        }
        expect(rest).toBe('');
        expect(keys).toEqual(sent.map((each) => typed[each]));
      },
    ),
  );
});

test('a lone escape waits for what may follow, and is a key when something else does', () => {
  expect(readKeys('\u001B')).toEqual({ keys: [], rest: '\u001B' });
  expect(readKeys('\u001B[1;')).toEqual({ keys: [], rest: '\u001B[1;' });
  expect(readKeys('\u001Bj')).toEqual({ keys: ['escape', 'j'], rest: '' });
});

test('what terminals send besides keys is passed over', () => {
  expect(readKeys('\u001B[?1;2c\u001B[200~\u001B[I\u0001a').keys).toEqual(['a']);
});

test('whatever is sent is read, and what waits stays short', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('\u001B', '[', 'O', ';', '1', '~', 'A', '?', ' ', 'é', '\u0001'),
        maxLength: 80,
      }),
      (text) => {
        expect(readKeys(text).rest.length).toBeLessThan(48);
      },
    ),
  );
});
