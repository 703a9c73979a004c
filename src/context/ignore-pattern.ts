import { automaton } from './automaton.ts';
import { parseGoRegexp } from './go-regexp.ts';

export interface Matcher {
  readonly matches: (path: string) => boolean;
  /** What every path begins with that matches or lies below one that does. */
  readonly prefix: string;
}

/** How a pattern matches, decided by its form as in Docker: as text, as a beginning, as an end, else as a regular expression. */
export function matcher(text: string): Matcher {
  const { expression, form } = translate(text);
  if (form === 'exact') return { matches: (path) => path === text, prefix: text };
  if (form === 'prefix') {
    const prefix = text.slice(0, -2);
    return { matches: (path) => path.startsWith(prefix), prefix };
  }
  if (form === 'suffix') {
    const suffix = text.slice(2);
    const whole = suffix.startsWith('/') ? suffix.slice(1) : undefined;
    return { matches: (path) => path.endsWith(suffix) || path === whole, prefix: '' };
  }
  const run = automaton(parseGoRegexp(expression));
  if (expression.includes('|')) return { matches: run, prefix: '' };
  // Most paths differ from a pattern in what is plain text at its ends: that is seen without walking through it.
  const [head, tail] = [plainHead(text), plainTail(text)];
  return { matches: (path) => path.startsWith(head) && path.endsWith(tail) && run(path), prefix: head };
}

const special = /[*?[\]\\^\ufeff\ufffd\ud800-\udfff]/;

function plainHead(text: string): string {
  const end = text.search(special);
  return end === -1 ? text : text.slice(0, end);
}

function plainTail(text: string): string {
  const units = text.split('');
  const at = units.findLastIndex((unit) => special.test(unit));
  // The slash after ** goes with it, and what follows a backslash may be no plain text.
  const tail = text.slice(units[at] === '\\' ? at + 2 : at + 1);
  return tail.startsWith('/') ? tail.slice(1) : tail;
}

type Form = 'exact' | 'prefix' | 'suffix' | 'regexp';

/**
 * The regular expression that Docker makes of a pattern, in Go's syntax without its anchors, and the short cut that it may take. Docker
 * means to escape braces and bars too, and does not: a bar separates alternatives.
 */
function translate(pattern: string): { readonly expression: string; readonly form: Form } {
  const text = Array.from(pattern.replace(/^\ufeff/, ''));
  let expression = '';
  let form: Form = 'exact';
  for (let at = 0, first = true; at < text.length; first = false) {
    const character = text[at++] ?? '';
    if (character === '*' && text[at] === '*') {
      at++;
      if (text[at] === '/') at++;
      if (at < text.length) {
        expression += '(.*/)?';
        form = 'regexp';
      } else if (form === 'exact') form = 'prefix';
      else {
        expression += '.*';
        form = 'regexp';
      }
      if (first) form = 'suffix';
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      form = 'regexp';
    } else if ('.+()$'.includes(character)) expression += `\\${character}`;
    else if (character === '\\' && at < text.length) {
      expression += `\\${text[at++] ?? ''}`;
      form = 'regexp';
    } else {
      expression += character;
      if (character === '[' || character === ']') form = 'regexp';
    }
  }
  return { expression, form };
}
