/** A key by name (`up`, `enter`, `ctrl-c`), or the character that it types. */
export type Key = string;

/** What ends an escape sequence, and what key it stands for; see ECMA-48 and xterm's control sequences. */
const finals: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'shift-tab',
};

/** `ESC [ number ~`. */
const numbered: Readonly<Record<string, Key>> = {
  '1': 'home',
  '4': 'end',
  '5': 'page-up',
  '6': 'page-down',
  '7': 'home',
  '8': 'end',
};

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007F': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u0004': 'ctrl-d',
  '\u000C': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u001A': 'ctrl-z',
};

// oxlint-disable no-control-regex
/** A whole sequence: CSI with its parameters, or SS3 with the keypad's modifiers. */
const sequence = /^\u001B(?:\[([0-?]*)[ -/]*([@-~])|O([0-9;]*)([@-~]))/;
/** The beginning of one, of which the rest may come. */
const beginning = /^\u001B(?:\[[0-?]{0,32}[ -/]{0,4}|O[0-9;]{0,8})?$/;
// oxlint-enable no-control-regex

/**
 * Keys in what a terminal sent. @returns them, and what may be the beginning of one more: over a slow line a key can come in pieces.
 * A single ESC is among those; when nothing follows, it is the key itself (`escape`).
 */
export function readKeys(text: string): { readonly keys: Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '\u001B') {
      const tail = text.slice(at, at + 64);
      const found = sequence.exec(tail);
      if (found === null && beginning.test(tail)) return { keys, rest: tail };
      const key = found === null ? 'escape' : sequenceKey(found);
      if (key !== undefined) keys.push(key);
      at += found?.[0].length ?? 1;
    } else {
      const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
      const key = controls[char] ?? (char >= ' ' ? char : undefined);
      if (key !== undefined) keys.push(key);
      at += char.length;
    }
  }
  return { keys, rest: '' };
}

/** Modifiers are left out: Shift and an arrow are the arrow. */
function sequenceKey([, parameters = '', final = '', , keypad = '']: RegExpExecArray): Key | undefined {
  if (final === '~') return numbered[parameters.split(';')[0] ?? ''];
  return finals[final || keypad];
}
