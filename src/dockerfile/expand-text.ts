import { readDollar } from './expand-dollar.ts';
import { bad, nextCharacter, type Reader } from './expand-reader.ts';

export interface Expansion {
  readonly text: string;
  readonly words: readonly string[];
}

const whiteSpace = /\p{White_Space}/u;

/** Reads up to `stop`, which is consumed, or to the end. With `keepEscapes`, an escape character stays before what it escapes. */
export function readUntil(reader: Reader, stop: string | undefined, keepEscapes: boolean): Expansion {
  let text = '';
  let word = '';
  const words: string[] = [];
  const splitting = (part: string): void => {
    if (!reader.splits) return;
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
