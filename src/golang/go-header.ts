/**
 * The head of a Go source file, from constraints to imports: all of it that decides which packages a program is made of. A
 * scanner, not a parser: what is not well formed is left for the go command to complain about.
 */
import { createHash } from 'node:crypto';

export interface GoHeader {
  /** The name in the package clause; undefined when there is none. */
  readonly package?: string;
  /** Whole-line comments before the package clause that begin with `//go:` or `// +build`. */
  readonly directives: readonly string[];
  /** Index of the first character behind the imports. */
  readonly end: number;
}

/** Reads the head of a file. */
export function readHeader(text: string): GoHeader {
  const directives: string[] = [];
  let at = skip(text, text.startsWith('\uFEFF') ? 1 : 0, directives);
  const clause = /package\s+([\p{L}_][\p{L}\p{Nd}_]*)/uy;
  clause.lastIndex = at;
  const match = clause.exec(text);
  if (!match) return { directives, end: text.length };
  at = clause.lastIndex;
  let end = at;
  for (;;) {
    at = skip(text, at);
    if (text.charAt(at) === ';') {
      at++;
      continue;
    }
    if (!/^import(?![\p{L}\p{Nd}_])/u.test(text.slice(at, at + 8))) break;
    at = end = endOfImport(text, at + 'import'.length);
  }
  return { ...(match[1] !== undefined && { package: match[1] }), directives, end };
}

/**
 * A hash over everything of a Go file that can change which packages and embedded files belong to the program: the head down to
 * the last import, cgo's preamble with it, and every `//go:embed` line. The same hash means that the package list still holds.
 */
export function headerHash(text: string): string {
  const { end } = readHeader(text);
  const hash = createHash('sha256').update(text.slice(0, end));
  for (const [line] of text.slice(end).matchAll(/^[ \t]*\/\/go:embed[^\n]*/gm))
    hash.update(`\0${line.trim()}`);
  return hash.digest('base64url').slice(0, 22);
}

/** Goes over space and comments. */
function skip(text: string, from: number, directives?: string[]): number {
  let at = from;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++;
    if (text.startsWith('//', at)) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(at, end).trimEnd();
      if (directives && (line.startsWith('//go:') || /^\/\/\s*\+build\s/.test(line))) directives.push(line);
      at = end;
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      at = end < 0 ? text.length : end + 2;
    } else return at;
  }
}

function endOfImport(text: string, from: number): number {
  const at = skip(text, from);
  if (text.charAt(at) !== '(') return endOfSpec(text, at);
  let inside = at + 1;
  for (;;) {
    inside = skip(text, inside);
    const character = text.charAt(inside);
    if (character === '') return text.length;
    if (character === ')') return inside + 1;
    inside = character === ';' ? inside + 1 : endOfSpec(text, inside);
  }
}

/** Behind `name "path"`. */
function endOfSpec(text: string, from: number): number {
  const name = /(?:[\p{L}_][\p{L}\p{Nd}_]*|\.)?/uy;
  name.lastIndex = from;
  name.exec(text);
  const at = skip(text, name.lastIndex);
  const quote = text.charAt(at);
  if (quote !== '"' && quote !== '`') return Math.min(text.length, Math.max(at, from + 1));
  const end = text.indexOf(quote, at + 1);
  return end < 0 ? text.length : end + 1;
}
