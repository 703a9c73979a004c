import { isSpace } from './parse-space.ts';

/** A word that may begin a heredoc, and where in the text its last `<<` stands. */
export interface HeredocWord {
  readonly text: string;
  readonly marker: number;
}

/**
 * Splits a line into words by the rules of BuildKit's shell lexer with no variable set, which is how it looks for heredocs: quotes
 * and variables are kept, `<<` takes the white space behind it along, and one mistake (a quote that is not closed, `${` of a form
 * that it does not know) leaves no words at all. The lexer's escape character is always the backslash, whatever the directive says.
 *
 * Works with a stack of its own, so that nothing can be nested too deeply, and touches each character once.
 *
 * @returns undefined for a text that it does not accept
 */
export function heredocWords(
  text: string,
  options: { rawQuotes: boolean; rawEscapes: boolean },
): HeredocWord[] | undefined {
  const words: HeredocWord[] = [];
  const stack: Frame[] = [];
  let word = '';
  /** What stood before the double quote that is open at the outermost level. */
  let before = '';
  let marker = -1;
  let at = 0;

  const push = (): void => {
    if (word !== '') words.push({ text: word, marker });
    word = '';
    marker = -1;
  };
  /** Adds to the word. What a variable at the outermost level stands for is split at white space, all else is kept together. */
  const add = (piece: string, keep: boolean): void => {
    const outermost = stack[0];
    if (keep ? outermost === undefined || outermost.kind === 'quote' : outermost?.kind === 'quote') {
      word += piece;
      return;
    }
    for (const unit of piece) {
      if (isSpace(unit.charCodeAt(0))) push();
      else word += unit;
    }
  };

  for (;;) {
    const frame = stack.at(-1);
    const raw = frame?.raw ?? options.rawEscapes;
    if (at >= text.length) {
      if (frame !== undefined) return undefined;
      push();
      return words;
    }
    const unit = text.charAt(at++);
    if (frame?.kind === 'brace' && unit === frame.stop) {
      add(unit, false);
      if (frame.stop === '}') stack.pop();
      else frame.stop = '}';
    } else if (frame?.kind === 'quote' && unit === '"') {
      if (options.rawQuotes) add(unit, true);
      stack.pop();
      if (stack.length === 0) {
        word = before + word;
        before = '';
      }
    } else if (unit === '$') {
      const variable = readVariable(text, at);
      if (variable === undefined) return undefined;
      if (variable.open !== undefined) {
        // Its lexer loses the beginning of a word when such a variable follows.
        if (stack.length === 0) word = '';
        else if (stack.length === 1 && stack[0]?.kind === 'quote') before = '';
        stack.push({ kind: 'brace', stop: variable.open.stop, raw: variable.open.raw });
        add(variable.text, false);
      } else add(variable.text, true);
      at = variable.end;
    } else if (frame?.kind === 'quote') {
      if (unit === '\\') {
        if (raw) add(unit, true);
        const next = text.charAt(at);
        if (next === '') return undefined;
        if (next === '"' || next === '$' || next === '\\') {
          add(next, true);
          at++;
        } else add(unit, true);
      } else add(unit, true);
    } else if (unit === "'") {
      const end = text.indexOf("'", at);
      if (end === -1) return undefined;
      add(options.rawQuotes ? text.slice(at - 1, end + 1) : text.slice(at, end), true);
      at = end + 1;
    } else if (unit === '"') {
      if (stack.length === 0) {
        before = word;
        word = '';
      }
      stack.push({ kind: 'quote', raw });
      if (options.rawQuotes) add(unit, true);
    } else if (unit === '<') {
      const start = at - 1;
      if (text[at] === '<') {
        at++;
        while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r') at++;
        add(text.slice(start, at), true);
        marker = start;
      } else add(unit, true);
    } else if (unit === '\\') {
      if (raw) add(unit, true);
      if (at < text.length) add(text.charAt(at++), true);
    } else add(unit, false);
  }
}

type Frame =
  | { readonly kind: 'quote'; readonly raw: boolean }
  | { readonly kind: 'brace'; stop: '}' | '/'; readonly raw: boolean };

interface Variable {
  /** As it is kept when nothing is set. */
  readonly text: string;
  readonly end: number;
  /** What follows belongs to the variable, up to `stop`. */
  readonly open?: { readonly stop: '}' | '/'; readonly raw: boolean };
}

/** The variable behind a `$`; undefined for a form that BuildKit's lexer does not accept. */
function readVariable(text: string, at: number): Variable | undefined {
  if (text[at] !== '{') {
    const end = nameEnd(text, at);
    return { text: `$${text.slice(at, end)}`, end };
  }
  at++;
  if (at >= text.length || '{}:'.includes(text.charAt(at))) return undefined;
  const end = nameEnd(text, at);
  const head = `\${${text.slice(at, end)}`;
  const sign = text.charAt(end);
  if (sign === '}') return { text: `${head}}`, end: end + 1 };
  if (sign === '/') {
    const all = text[end + 1] === '/' ? 1 : 0;
    return { text: `${head}/`, end: end + 1 + all, open: { stop: '/', raw: true } };
  }
  if (sign === ':') {
    const next = String.fromCodePoint(text.codePointAt(end + 1) ?? 0xfffd);
    if (next === '#' || next === '%') return undefined;
    return { text: `${head}:${next}`, end: end + 1 + next.length, open: { stop: '}', raw: false } };
  }
  if (sign === '' || !'+-?#%'.includes(sign)) return undefined;
  return {
    text: head + sign,
    end: end + 1,
    open: { stop: '}', raw: sign === '#' || sign === '%' },
  };
}

/** Where the name of a variable ends: letters, digits and `_`, or digits only, or one special character. */
function nameEnd(text: string, at: number): number {
  const digits = sticky(/\p{Nd}+/uy, text, at);
  if (digits > at) return digits;
  if (at < text.length && '@*#?-$!'.includes(text.charAt(at))) return at + 1;
  return sticky(/[\p{L}\p{Nd}_]+/uy, text, at);
}

function sticky(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
