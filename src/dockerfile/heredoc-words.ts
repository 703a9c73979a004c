import { readVariable } from './heredoc-variable.ts';
import { isSpace } from './parse-space.ts';

/** A word that may begin a heredoc, and where in the text its last `<<` stands. */
export interface HeredocWord {
  readonly text: string;
  readonly marker: number;
}

interface LexerOptions {
  /** Quotes stay in the words. */
  readonly rawQuotes: boolean;
  /** Escape characters stay in the words. */
  readonly rawEscapes: boolean;
}

/**
 * Splits a line into words by the rules of BuildKit's shell lexer with no variable set, which is how it looks for heredocs: variables
 * are kept, `<<` takes the white space behind it along, and one mistake (a quote that is not closed, `${` of a form that it does not
 * know) leaves no words at all. The lexer's escape character is always the backslash, whatever the directive says.
 *
 * It has a stack of its own, so that nothing can be nested too deeply, and touches each character once.
 *
 * @returns undefined for a text that it does not accept
 */
export function heredocWords(text: string, options: LexerOptions): HeredocWord[] | undefined {
  const lexer: Lexer = { text, options, at: 0, words: [], stack: [], word: '', before: '', marker: -1 };
  while (lexer.at < text.length) {
    const frame = lexer.stack.at(-1);
    const step = frame?.kind === 'quote' ? quotedStep : bareStep;
    if (!step(lexer, text.charAt(lexer.at++), frame?.raw ?? options.rawEscapes)) return undefined;
  }
  if (lexer.stack.length > 0) return undefined;
  endWord(lexer);
  return lexer.words;
}

interface Lexer {
  readonly text: string;
  readonly options: LexerOptions;
  at: number;
  readonly words: HeredocWord[];
  /** The quotes and variables that are open, the outermost first. */
  readonly stack: Frame[];
  word: string;
  /** What stood before the double quote that is open at the outermost level. */
  before: string;
  marker: number;
}

/** `raw`: escape characters are kept in here. */
type Frame =
  | { readonly kind: 'quote'; readonly raw: boolean }
  | { readonly kind: 'variable'; stop: '}' | '/'; readonly raw: boolean };

/** One step between double quotes; false for a mistake. */
function quotedStep(lexer: Lexer, unit: string, raw: boolean): boolean {
  if (unit === '$') return variableStep(lexer);
  if (unit === '"') {
    if (lexer.options.rawQuotes) add(lexer, unit, true);
    lexer.stack.pop();
    if (lexer.stack.length === 0) {
      lexer.word = lexer.before + lexer.word;
      lexer.before = '';
    }
    return true;
  }
  if (unit !== '\\') {
    add(lexer, unit, true);
    return true;
  }
  const next = lexer.text.charAt(lexer.at);
  if (raw) add(lexer, unit, true);
  const escaped = next === '"' || next === '$' || next === '\\';
  add(lexer, escaped ? next : unit, true);
  if (escaped) lexer.at++;
  return next !== '';
}

/** One step outside of double quotes; false for a mistake. */
function bareStep(lexer: Lexer, unit: string, raw: boolean): boolean {
  const frame = lexer.stack.at(-1);
  if (frame?.kind === 'variable' && unit === frame.stop) {
    add(lexer, unit, false);
    if (frame.stop === '}') lexer.stack.pop();
    else frame.stop = '}';
    return true;
  }
  switch (unit) {
    case '$':
      return variableStep(lexer);
    case "'":
      return singleQuoteStep(lexer);
    case '"':
      if (lexer.stack.length === 0) {
        lexer.before = lexer.word;
        lexer.word = '';
      }
      lexer.stack.push({ kind: 'quote', raw });
      if (lexer.options.rawQuotes) add(lexer, unit, true);
      return true;
    case '<':
      add(lexer, lexer.text[lexer.at] === '<' ? markerAt(lexer) : unit, true);
      return true;
    case '\\':
      if (raw) add(lexer, unit, true);
      add(lexer, lexer.text.charAt(lexer.at++), true);
      return true;
    default:
      add(lexer, unit, false);
      return true;
  }
}

/** `<<` with the white space behind it. */
function markerAt(lexer: Lexer): string {
  const start = lexer.at - 1;
  lexer.marker = start;
  lexer.at++;
  while (/[ \t\r]/.test(lexer.text.charAt(lexer.at))) lexer.at++;
  return lexer.text.slice(start, lexer.at);
}

function singleQuoteStep(lexer: Lexer): boolean {
  const end = lexer.text.indexOf("'", lexer.at);
  if (end === -1) return false;
  const inner = lexer.text.slice(lexer.at, end);
  add(lexer, lexer.options.rawQuotes ? `'${inner}'` : inner, true);
  lexer.at = end + 1;
  return true;
}

function variableStep(lexer: Lexer): boolean {
  const variable = readVariable(lexer.text, lexer.at);
  if (variable === undefined) return false;
  lexer.at = variable.end;
  if (variable.open === undefined) {
    add(lexer, variable.text, true);
    return true;
  }
  // BuildKit's lexer loses the beginning of a word when such a variable follows.
  if (lexer.stack.length === 0) lexer.word = '';
  else if (lexer.stack.length === 1 && lexer.stack[0]?.kind === 'quote') lexer.before = '';
  lexer.stack.push({ kind: 'variable', ...variable.open });
  add(lexer, variable.text, false);
  return true;
}

/**
 * Adds to the word. What a variable at the outermost level stands for is split at white space even where it is quoted in there; what
 * is between outermost quotes never is.
 * @param keep no white space in it parts words, if it stands at the outermost level
 */
function add(lexer: Lexer, piece: string, keep: boolean): void {
  const [outermost] = lexer.stack;
  if (outermost === undefined ? keep : outermost.kind === 'quote') {
    lexer.word += piece;
    return;
  }
  for (const unit of piece) {
    if (isSpace(unit.charCodeAt(0))) endWord(lexer);
    else lexer.word += unit;
  }
}

function endWord(lexer: Lexer): void {
  if (lexer.word !== '') lexer.words.push({ text: lexer.word, marker: lexer.marker });
  lexer.word = '';
  lexer.marker = -1;
}
