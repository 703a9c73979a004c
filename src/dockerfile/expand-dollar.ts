import { replacePattern, trimPrefix, trimSuffix } from './expand-pattern.ts';
import { bad, lookUp, nextCharacter, readName, type Reader } from './expand-reader.ts';
import { readUntil } from './expand-text.ts';

/** A nesting that nobody writes; without a limit it would be the stack's. */
const deepest = 200;

/** From a dollar to the end of what it stands for. */
export function readDollar(reader: Reader): string {
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
