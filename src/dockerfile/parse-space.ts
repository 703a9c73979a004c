/**
 * White space as Go's `unicode.IsSpace` has it, which BuildKit trims by: it differs from JavaScript's `\s` in U+0085 (space here) and
 * U+FEFF (none here).
 */
const spaces = '\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const oneSpace = new RegExp(`[${spaces}]`);

/** True for one UTF-16 unit that is white space. */
export function isSpace(unit: string): boolean {
  return unit <= '\x7f' ? unit === ' ' || (unit >= '\t' && unit <= '\r') : oneSpace.test(unit);
}

/** True for the white space that parts a keyword from its arguments, and words of a list: not the whole of Unicode's. */
export function isSeparator(unit: string): boolean {
  return unit === ' ' || unit === '\t' || unit === '\v' || unit === '\f' || unit === '\r';
}

/** Where the white space that begins at `at` ends. */
export function skipSpaces(text: string, at: number, end: number): number {
  while (at < end && isSpace(text.charAt(at))) at++;
  return at;
}

/** Where the white space before `end` begins. */
export function skipSpacesBack(text: string, start: number, end: number): number {
  while (end > start && isSpace(text.charAt(end - 1))) end--;
  return end;
}

/** Where the separators that begin at `at` end. */
export function skipSeparators(text: string, at: number, end: number): number {
  while (at < end && isSeparator(text.charAt(at))) at++;
  return at;
}

/** A text without the white space around it. */
export function trimSpaces(text: string): string {
  const end = skipSpacesBack(text, 0, text.length);
  return text.slice(skipSpaces(text, 0, end), end);
}
