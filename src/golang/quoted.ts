/** Lists of words as the go command writes them in GOFLAGS, -ldflags and CC: spaces between, quotes only around whole words. */
import { ToolError } from '../core/errors.ts';

/**
 * Splits as the go command does: a word that begins with a quote ends at the next such quote; there are no escapes.
 * @throws ToolError CONFIG_INVALID when a quote is not closed, naming `what`
 */
export function splitQuoted(text: string, what: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at++;
    if (at === text.length) return words;
    const quote = text.charAt(at);
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, at + 1);
      if (end < 0) throw new ToolError('CONFIG_INVALID', `${what} has a quote that is not closed`);
      words.push(text.slice(at + 1, end));
      at = end + 1;
    } else {
      const end = /\s/.exec(text.slice(at))?.index ?? text.length - at;
      words.push(text.slice(at, at + end));
      at += end;
    }
  }
}

/** The inverse of `splitQuoted`. @throws ToolError CONFIG_INVALID for a word that holds both kinds of quotes */
export function joinQuoted(words: readonly string[], what: string): string {
  return words
    .map((word) => {
      if (word !== '' && !/[\s'"]/.test(word)) return word;
      const quote = word.includes("'") ? '"' : "'";
      if (word.includes(quote))
        throw new ToolError('CONFIG_INVALID', `${what} cannot hold both kinds of quotes in one word`);
      return `${quote}${word}${quote}`;
    })
    .join(' ');
}
