/** Cuts the text of a go.mod or go.work into lines of words. */
import { ToolError } from '../core/errors.ts';
import type { SourceRange } from '../core/errors.ts';

export interface Word {
  /** As written, with its quotes. */
  readonly raw: string;
  /** Without quotes. */
  readonly text: string;
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** Where words stand, for an error's code frame. */
export function rangeOf(file: string, text: string, first: Word, last: Word = first): SourceRange {
  return {
    file,
    text,
    line: first.line,
    column: first.column,
    endLine: last.line,
    endColumn: last.column + last.raw.length,
  };
}

/** A go.mod or go.work that does not say what it must. */
export function syntaxError(
  file: string,
  text: string,
  message: string,
  first: Word,
  last: Word = first,
): ToolError {
  return new ToolError('CONFIG_INVALID', message, {
    where: rangeOf(file, text, first, last),
    hint: 'Correct the line; go.dev/ref/mod#go-mod-file describes the file.',
  });
}

export interface Line {
  readonly words: readonly Word[];
  readonly comment: string;
}

/** Space as the go command sees it within a line. */
const blank = /[ \t\r]/;
const punctuation = '()[]{},';
/** What may stand in a bare word: printable, and none of the punctuation. */
const wordCharacter = /[^\s()[\]{},\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}]/u;

/** The lines of a text. @throws ToolError CONFIG_INVALID with the place */
export function* splitLines(text: string, file: string): Generator<Line> {
  let number = 0;
  for (const content of text.split('\n')) {
    number++;
    const words: Word[] = [];
    let comment = '';
    let at = 0;
    while (at < content.length) {
      const character = content.charAt(at);
      if (blank.test(character)) {
        at++;
        continue;
      }
      if (content.startsWith('//', at)) {
        comment = content.slice(at + 2).trim();
        break;
      }
      const word = readWord(content, at, number, text, file);
      words.push(word);
      at += word.raw.length;
    }
    yield { words, comment };
  }
}

function readWord(content: string, at: number, line: number, text: string, file: string): Word {
  const first = content.charAt(at);
  const word = (end: number): Word => {
    const raw = content.slice(at, end);
    return { raw, text: raw, line, column: at + 1 };
  };
  if (punctuation.includes(first)) return word(at + 1);
  if (first === '"' || first === '`') {
    const end = closingQuote(content, at);
    if (end === undefined)
      throw syntaxError(
        file,
        text,
        'the quoted string does not end on its line',
        word(content.trimEnd().length),
      );
    const quoted = word(end);
    const unquoted = unquote(quoted.raw);
    if (unquoted === undefined) throw syntaxError(file, text, `${quoted.raw} is no Go string`, quoted);
    return { ...quoted, text: unquoted };
  }
  let end = at;
  while (end < content.length && !content.startsWith('//', end)) {
    if (content.startsWith('/*', end)) {
      throw syntaxError(file, text, 'only // comments are allowed here, not /* */', {
        raw: '/*',
        text: '/*',
        line,
        column: end + 1,
      });
    }
    const character = String.fromCodePoint(content.codePointAt(end) ?? 0);
    if (!wordCharacter.test(character)) break;
    end += character.length;
  }
  if (end === at) {
    const code = (content.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw syntaxError(file, text, `a character that is not allowed here: U+${code}`, word(at + 1));
  }
  return word(end);
}

/** Index behind the quote that ends the string at `start`. */
function closingQuote(content: string, start: number): number | undefined {
  const quote = content.charAt(start);
  for (let at = start + 1; at < content.length; at++) {
    if (content.charAt(at) === quote) return at + 1;
    if (content.charAt(at) === '\\' && quote === '"') at++;
  }
  return undefined;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** The value of a Go string literal; undefined when an escape in it is none. */
function unquote(raw: string): string | undefined {
  const inner = raw.slice(1, -1);
  if (raw.startsWith('`') || !inner.includes('\\')) return inner;
  let sound = true;
  const value = inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))/gsu,
    (_, x, u, long, octal, single) => {
      const code =
        hexOf(x) ??
        hexOf(u) ??
        hexOf(long) ??
        (typeof octal === 'string' ? Number.parseInt(octal, 8) : undefined);
      if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
      const plain = typeof single === 'string' ? simpleEscapes[single] : undefined;
      if (plain === undefined) sound = false;
      return plain ?? '';
    },
  );
  return sound ? value : undefined;
}

function hexOf(digits: unknown): number | undefined {
  return typeof digits === 'string' ? Number.parseInt(digits, 16) : undefined;
}
