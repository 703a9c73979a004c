import type { Entry } from '../line.ts';
import { entryOf } from './json.ts';

const key = /[^\s="]+/y;
const bare = /[^\s"]*/y;
const quoted = /"([^"\\]*(?:\\.[^"\\]*)*)"/y;

/**
 * `key=value key="quoted value"`, as slog's text handler, logrus and Heroku write it. Undefined when the line is something else: it must be such
 * pairs from end to end, with a level, a message or a time among them.
 */
export function readLogfmt(text: string): Entry | undefined {
  if (!/^[A-Za-z_@][\w.@/-]*=/.test(text)) return undefined;
  const pairs = pairsOf(text);
  if (!pairs) return undefined;
  const known = pairs.some(([name]) => /^(?:level|lvl|severity|msg|message|time|ts)$/.test(name));
  return known ? entryOf(pairs) : undefined;
}

function pairsOf(text: string): (readonly [string, string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  let at = 0;
  const take = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at;
    const found = form.exec(text);
    if (found) at = form.lastIndex;
    return found;
  };
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (at >= text.length) return pairs;
    const name = nameOf(take(quoted)?.[1]) ?? take(key)?.[0];
    if (name === undefined) return undefined;
    if (text[at] !== '=') return undefined;
    at++;
    const string = take(quoted);
    const value = string ? unquote(string[1] ?? '') : take(bare)?.[0];
    if (value === undefined || (at < text.length && text[at] !== ' ' && text[at] !== '\t')) return undefined;
    pairs.push([name, value]);
  }
}

/** slog puts a key in quotes that would not stand alone. */
function nameOf(inside: string | undefined): string | undefined {
  return inside === undefined ? undefined : unquote(inside);
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** What Go's strconv.Quote wrote. */
function unquote(inside: string): string {
  return inside.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
    (whole, byte?: string, short?: string, long?: string, char?: string) => {
      if (char !== undefined) return escapes[char] ?? char;
      const code = Number.parseInt(byte ?? short ?? long ?? '', 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
