import { dockerfileError, quoted } from './dockerfile-error.ts';
import { missing, quotedWords, wordIn, type Place, type Rest } from './instruction-words.ts';
import type { ArgInstruction, EnvInstruction, Word } from './instructions.ts';
import { skipSeparators, toSeparator } from './parse-space.ts';
import type { Dockerfile } from './syntax.ts';

/**
 * The pairs of ENV and LABEL: `a=b c="d e"`, or `name value` where the value is all that follows, when the first word has no `=`.
 * @throws ToolError DOCKERFILE_INVALID
 */
export function readPairs(node: Rest, dockerfile: Dockerfile): EnvInstruction['pairs'] {
  const pairs = splitPairs(node, dockerfile);
  if (pairs.length === 0) throw missing(node, dockerfile, 'a name and a value');
  const nameless = pairs.find(({ name }) => name.text === '');
  if (nameless) throw noName(node, dockerfile, nameless.word);
  return pairs.map(({ name, value }) => ({ name, value }));
}

/** The same without a look at what is missing, which is all that ONBUILD asks of them. @throws ToolError DOCKERFILE_INVALID */
export function splitPairs(
  node: Rest,
  dockerfile: Dockerfile,
): readonly { readonly word: Word; readonly name: Word; readonly value: Word }[] {
  const pairs = quotedWords(node, dockerfile.escape).map((place) => splitPair(node, place));
  if (pairs[0] && pairs[0].value === undefined) return [legacyPair(node, dockerfile)];
  return pairs.map(({ word, name, value }) => {
    if (value !== undefined) return { word, name, value };
    throw dockerfileError(
      dockerfile,
      word.span,
      `${quoted(word.text)} is no NAME=VALUE`,
      `Put a value that holds white space in double quotes: ${node.keyword} NAME="two words"`,
    );
  });
}

function legacyPair(node: Rest, dockerfile: Dockerfile): { word: Word; name: Word; value: Word } {
  const { rest } = node;
  const end = toSeparator(rest, 0, rest.length);
  const start = skipSeparators(rest, end, rest.length);
  if (end === rest.length) {
    const name = rest.length > 40 ? 'NAME' : rest;
    throw dockerfileError(
      dockerfile,
      node.restSpan,
      `${node.keyword} needs a value for ${quoted(rest)}`,
      `Write ${node.keyword} ${name}=VALUE`,
    );
  }
  const word = wordIn(node, 0, rest.length);
  return { word, name: wordIn(node, 0, end), value: wordIn(node, start, rest.length) };
}

/** ARG: names, each with a value or without. @throws ToolError DOCKERFILE_INVALID */
export function readArgs(node: Rest, dockerfile: Dockerfile): ArgInstruction['args'] {
  const words = quotedWords(node, dockerfile.escape);
  if (words.length === 0) throw missing(node, dockerfile, 'a name');
  return words.map((place) => {
    const { word, name, value } = splitPair(node, place);
    if (value !== undefined && name.text === '') throw noName(node, dockerfile, word);
    return { name: name.text, ...(value === undefined ? {} : { value }), span: word.span };
  });
}

function noName(node: Rest, dockerfile: Dockerfile, word: Word): Error {
  return dockerfileError(
    dockerfile,
    word.span,
    `${quoted(word.text)} has no name before the =`,
    `Write ${node.keyword} NAME=VALUE, with no white space around the =.`,
  );
}

/** A word cut at its first `=`. */
function splitPair(node: Rest, { from, to }: Place): { word: Word; name: Word; value?: Word } {
  const word = wordIn(node, from, to);
  const equals = word.text.indexOf('=');
  if (equals === -1) return { word, name: word };
  return { word, name: wordIn(node, from, from + equals), value: wordIn(node, from + equals + 1, to) };
}
