import { ToolError } from '../core/errors.ts';
import type { From } from './values.ts';

/**
 * A command as a list: a JSON array of strings (the exec form of a Dockerfile), or words parted by spaces, with single or double
 * quotes around what holds one. Nothing is expanded.
 * @throws ToolError USAGE
 */
export function commandWords(text: string, from: From): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const list = parseJson(trimmed);
    if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
    throw new ToolError('USAGE', `${from.name}: ${JSON.stringify(text)} is no list of strings`, {
      hint: `Write it as '["/app/api", "serve"]'.`,
    });
  }
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const char of trimmed) {
    if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '')
    throw new ToolError('USAGE', `${from.name}: a quote is not closed in ${JSON.stringify(text)}`);
  if (word !== undefined) words.push(word);
  return words;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
