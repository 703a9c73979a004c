import { ToolError } from '../core/errors.ts';
import { replacePattern, trimPrefix, trimSuffix } from './expand-pattern.ts';

/** What variables there are; one that is set to nothing is there. */
export type Variables = Pick<ReadonlyMap<string, string>, 'get' | 'has'>;

export interface ExpandOptions {
  /** The Dockerfile's escape character. */
  readonly escape: '\\' | '`';
  /**
   * `word`: quotes are taken away. `heredoc`: quotes are characters like others, and the escape character is `\` whatever the
   * directive says. `shown`: quotes stay and so does what is not set, for text that is only looked at. Default: `word`.
   */
  readonly mode?: 'word' | 'heredoc' | 'shown';
  /** Hears of each variable that is asked for and not set. */
  readonly onUnset?: (name: string) => void;
}

/**
 * A word of a Dockerfile with its variables replaced, quotes and escapes taken away: the Dockerfile reference's "environment
 * replacement", as BuildKit's shell lexer does it. Knows `$v`, `${v}` and the modifiers `:- - :+ + :? ? # ## % %% / //`, nested.
 * @throws ToolError DOCKERFILE_INVALID, without a place
 */
export function expandWord(raw: string, variables: Variables, options: ExpandOptions): string {
  return expand(raw, variables, options).text;
}

/**
 * The same, then split at white space that is not quoted and did not come out of quotes.
 * @throws ToolError DOCKERFILE_INVALID, without a place
 */
export function expandWords(raw: string, variables: Variables, options: ExpandOptions): readonly string[] {
  return expand(raw, variables, options).words;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
  readonly escape: string;
  readonly quotes: 'taken away' | 'kept' | 'plain';
  readonly keepUnset: boolean;
  readonly variables: Variables;
  readonly onUnset: (name: string) => void;
}

interface Expansion {
  readonly text: string;
  readonly words: readonly string[];
}

const whiteSpace = /\p{White_Space}/u;
/** A number, or one of POSIX's special parameters, or a name; in this order. */
const variableName = /\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
/** A nesting that nobody writes; without a limit it would be the stack's. */
const deepest = 200;

function expand(raw: string, variables: Variables, options: ExpandOptions): Expansion {
  const { escape, mode = 'word', onUnset = () => undefined } = options;
  const heredoc = mode === 'heredoc';
  const reader: Reader = {
    text: raw,
    at: 0,
    depth: 0,
    escape: heredoc ? '\\' : escape,
    quotes: heredoc ? 'plain' : mode === 'shown' ? 'kept' : 'taken away',
    keepUnset: mode === 'shown',
    variables,
    onUnset,
  };
  return readUntil(reader, undefined, false);
}

/** Reads up to `stop`, which is consumed, or to the end. With `keepEscapes`, an escape character stays before what it escapes. */
function readUntil(reader: Reader, stop: string | undefined, keepEscapes: boolean): Expansion {
  let text = '';
  let word = '';
  const words: string[] = [];
  const splitting = (part: string): void => {
    for (const character of part) {
      if (!whiteSpace.test(character)) word += character;
      else if (word !== '') {
        words.push(word);
        word = '';
      }
    }
  };
  while (reader.at < reader.text.length) {
    const character = reader.text.charAt(reader.at);
    if (character === stop) {
      reader.at++;
      return { text, words: word === '' ? words : [...words, word] };
    }
    if (character === '$') {
      const value = readDollar(reader);
      text += value;
      splitting(value);
    } else if ((character === '"' || character === "'") && reader.quotes !== 'plain') {
      const value = character === '"' ? readDoubleQuoted(reader, keepEscapes) : readSingleQuoted(reader);
      text += value;
      word += value;
    } else if (character === reader.escape) {
      const escaped = nextCharacter(reader, reader.at + 1);
      if (keepEscapes) {
        text += character;
        word += character;
      }
      text += escaped;
      word += escaped;
      reader.at += 1 + escaped.length;
    } else {
      text += character;
      splitting(character);
      reader.at++;
    }
  }
  if (stop !== undefined)
    throw bad(
      `the substitution has no closing ${stop}`,
      stop === '/' ? 'Write ${name/pattern/replacement}.' : undefined,
    );
  return { text, words: word === '' ? words : [...words, word] };
}

/** Nothing means anything up to the next quote. */
function readSingleQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end < 0) throw bad('a single quote is not closed', 'Close it, or escape it.');
  const inner = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return reader.quotes === 'kept' ? `'${inner}'` : inner;
}

/** Variables are replaced; only a quote, a dollar and the escape character itself can be escaped. */
function readDoubleQuoted(reader: Reader, keepEscapes: boolean): string {
  const quote = reader.quotes === 'kept' ? '"' : '';
  let text = quote;
  reader.at++;
  while (reader.at < reader.text.length) {
    const character = reader.text.charAt(reader.at);
    if (character === '"') {
      reader.at++;
      return text + quote;
    }
    if (character === '$') {
      text += readDollar(reader);
      continue;
    }
    reader.at++;
    if (character !== reader.escape) {
      text += character;
      continue;
    }
    if (keepEscapes) text += character;
    const next = reader.text.charAt(reader.at);
    if (next === '"' || next === '$' || next === reader.escape) {
      text += next;
      reader.at++;
    } else if (next !== '') text += character;
  }
  throw bad('a double quote is not closed', 'Close it, or escape it.');
}

/** From a dollar to the end of what it stands for. */
function readDollar(reader: Reader): string {
  reader.at++;
  if (reader.text.charAt(reader.at) !== '{') {
    const name = readName(reader);
    if (name === '') return '$';
    return lookUp(reader, name) ?? (reader.keepUnset ? `$${name}` : '');
  }
  reader.at++;
  if (++reader.depth > deepest) throw bad(`substitutions are nested more than ${deepest} deep`);
  const value = readBraced(reader);
  reader.depth--;
  return value;
}

function readBraced(reader: Reader): string {
  const first = reader.text.charAt(reader.at);
  if (first === '') throw bad('the substitution has no closing }');
  if (first === '{' || first === '}' || first === ':')
    throw bad(`\${${first} begins no substitution`, 'Name a variable behind ${, or escape the dollar.');
  const name = readName(reader);
  const modifier = readModifier(reader);
  if (modifier === '}') return lookUp(reader, name) ?? (reader.keepUnset ? `\${${name}}` : '');
  if (modifier === '/' || modifier === '//') return readReplacement(reader, name, modifier);
  const pattern = modifier === '#' || modifier === '%';
  const { text: word } = readUntil(reader, '}', pattern);
  const value = lookUp(reader, name);
  if (value === undefined && reader.keepUnset) return `\${${name}${modifier}${word}}`;
  return applied(name, modifier, word, value);
}

/** What stands behind the name: `}` or one of the modifiers; of `##`, `%%` only the first character. */
function readModifier(reader: Reader): string {
  const [modifier] = /^(?:}|:?[-+?]|[#%]|\/\/?)/.exec(reader.text.slice(reader.at, reader.at + 2)) ?? [];
  if (modifier === undefined) {
    const rest = nextCharacter(reader, reader.at);
    if (rest === '') throw bad('the substitution has no closing }');
    throw bad(
      `a substitution cannot have ${JSON.stringify(rest)} behind the name`,
      'The modifiers are :- - :+ + :? ? # ## % %% / and //.',
    );
  }
  reader.at += modifier.length;
  return modifier;
}

function applied(name: string, modifier: string, word: string, value: string | undefined): string {
  const missing = value === undefined || (modifier.startsWith(':') && value === '');
  switch (modifier.slice(-1)) {
    case '-':
      return missing ? word : value;
    case '+':
      return missing ? '' : word;
    case '?':
      if (!missing) return value;
      throw bad(
        `${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
        `Give it a value: --build-arg ${name}=…, ARG ${name}=… or ENV ${name}=….`,
      );
    default: {
      const greedy = word.startsWith(modifier);
      const trim = modifier === '#' ? trimPrefix : trimSuffix;
      return trim(value ?? '', greedy ? word.slice(1) : word, greedy);
    }
  }
}

function readReplacement(reader: Reader, name: string, modifier: '/' | '//'): string {
  const { text: pattern } = readUntil(reader, '/', true);
  const { text: replacement } = readUntil(reader, '}', true);
  const value = lookUp(reader, name);
  if (value === undefined && reader.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
  return replacePattern(value ?? '', pattern, replacement, modifier === '//');
}

function readName(reader: Reader): string {
  variableName.lastIndex = reader.at;
  const [name = ''] = variableName.exec(reader.text) ?? [];
  reader.at += name.length;
  return name;
}

function lookUp(reader: Reader, name: string): string | undefined {
  const value = reader.variables.get(name);
  if (value === undefined) reader.onUnset(name);
  return value;
}

/** The character at `at`, both halves of a surrogate pair; empty at the end. */
function nextCharacter(reader: Reader, at: number): string {
  const code = reader.text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function bad(message: string, hint?: string): ToolError {
  return new ToolError('DOCKERFILE_INVALID', message, hint === undefined ? {} : { hint });
}
