import { skipSpaces } from './parse-space.ts';

/**
 * The exec form: a JSON array of strings and nothing behind it. `shell` when it is none, also when it is JSON with a mistake: then
 * BuildKit takes the text as it stands. `mixed` is an array that holds other things than strings, which is an error.
 */
export type JsonForm =
  | { readonly kind: 'shell' }
  | { readonly kind: 'mixed' }
  | { readonly kind: 'strings'; readonly strings: readonly JsonString[] };

/** A string of the array; `start` and `end` are its place in the text, quotes included. */
export interface JsonString {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the exec form out of an instruction's arguments. */
export function jsonForm(text: string): JsonForm {
  const start = skipSpaces(text, 0, text.length);
  if (text[start] !== '[') return { kind: 'shell' };
  let list: unknown;
  try {
    list = JSON.parse(text.slice(start));
  } catch {
    return { kind: 'shell' };
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return { kind: 'mixed' };
  const strings: JsonString[] = [];
  // The text is known to be an array of strings: what is between quotes is one.
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at)) {
    const from = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    strings.push({ value: unescape(text.slice(from + 1, at)), start: from, end: ++at });
  }
  return { kind: 'strings', strings };
}

/**
 * Half a surrogate pair that was escaped is no character, and becomes U+FFFD. One that stands in the text is a byte that is no UTF-8
 * (see parse-bytes.ts), and stays.
 */
function unescape(text: string): string {
  return text.replace(/(?:\\u[0-9a-fA-F]{4})+|\\./g, (escapes) =>
    String(JSON.parse(`"${escapes}"`)).toWellFormed(),
  );
}
