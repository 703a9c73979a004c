/**
 * White space as Go's `unicode.IsSpace` has it, which BuildKit trims by: it differs from JavaScript's `\s` in U+0085 (space here) and
 * U+FEFF (none here).
 */
const wideSpaces = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** True for one UTF-16 unit, as its number, that is white space. */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  return wideSpaces.test(String.fromCharCode(unit));
}

/** True for the white space that parts a keyword from its arguments, and words of a list: not the whole of Unicode's. */
export function isSeparator(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || (unit >= 0x0b && unit <= 0x0d);
}

/** Where the white space that begins at `at` ends. */
export function skipSpaces(text: string, at: number, end: number): number {
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Where the white space before `end` begins. */
export function skipSpacesBack(text: string, start: number, end: number): number {
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

/** Where the separators that begin at `at` end. */
export function skipSeparators(text: string, at: number, end: number): number {
  while (at < end && isSeparator(text.charCodeAt(at))) at++;
  return at;
}

/** Where the next separator stands, or `end`. */
export function toSeparator(text: string, at: number, end: number): number {
  while (at < end && !isSeparator(text.charCodeAt(at))) at++;
  return at;
}

/** A text without the white space around it. */
export function trimSpaces(text: string): string {
  const end = skipSpacesBack(text, 0, text.length);
  return text.slice(skipSpaces(text, 0, end), end);
}
